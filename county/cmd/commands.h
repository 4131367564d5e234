#ifndef COUNTY_COMMANDS_H
#define COUNTY_COMMANDS_H

#include "base/opt.h"

/** The program as a table (county/main.c). */
extern const struct program county_program;

/* The commands of tally-county (county/cmd_*.c): each takes its parsed command line and gives the exit status. */
int cmd_init(const struct args *a);
int cmd_run(const struct args *a);
int cmd_place_import(const struct args *a);
int cmd_device_invite(const struct args *a);
int cmd_device_list(const struct args *a);
int cmd_device_assign(const struct args *a);
int cmd_device_revoke(const struct args *a);
int cmd_device_reset_code(const struct args *a);
int cmd_form_compile(const struct args *a);
int cmd_form_publish(const struct args *a);
int cmd_form_list(const struct args *a);
int cmd_dict_train(const struct args *a);
int cmd_dict_publish(const struct args *a);
int cmd_user_add(const struct args *a);
int cmd_user_list(const struct args *a);
int cmd_user_disable(const struct args *a);
int cmd_review_accept(const struct args *a);
int cmd_review_return(const struct args *a);
int cmd_erase(const struct args *a);
int cmd_report(const struct args *a);
int cmd_plan_import(const struct args *a);
int cmd_message(const struct args *a);
int cmd_form_retire(const struct args *a);
int cmd_place_map(const struct args *a);
int cmd_period_close(const struct args *a);
int cmd_period_show(const struct args *a);
int cmd_period_list(const struct args *a);
int cmd_posting_create(const struct args *a);
int cmd_subject_link(const struct args *a);
int cmd_subject_unlink(const struct args *a);
int cmd_subject_links(const struct args *a);
int cmd_subject_doubles(const struct args *a);
int cmd_subject_ledgers(const struct args *a);
int cmd_mirror_add(const struct args *a);
int cmd_mirror_drop(const struct args *a);
int cmd_mirror_list(const struct args *a);
int cmd_mirror_push(const struct args *a);
int cmd_mirror_accept(const struct args *a);
int cmd_mirror_counties(const struct args *a);
int cmd_export(const struct args *a);
int cmd_bundle_read(const struct args *a);
int cmd_bundle_write(const struct args *a);
int cmd_log_checkpoint(const struct args *a);
int cmd_log_proof(const struct args *a);
int cmd_log_check(const struct args *a);
int cmd_keys(const struct args *a);
int cmd_log_succeed(const struct args *a);
int cmd_keys_rotate(const struct args *a);
int cmd_backup(const struct args *a);
int cmd_restore(const struct args *a);
int cmd_status(const struct args *a);

#endif
