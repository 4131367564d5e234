#ifndef FORMS_VALUE_H
#define FORMS_VALUE_H

#include "forms/form.h"

/* One answer, judged and converted: what form_set, form_check and form_split share. */

/** What is wrong with a value: constant strings, or both NULL. */
struct value_fault {
	const char *rule; /* as in struct form_finding */
	const char *why;  /* "is not a calendar date (YYYY-MM-DD)" */
};

/** value_empty(v): 1 for NULL, JSON null, "", [] and {}: no answer; else 0. */
int value_empty(const cJSON *v);

/** value_judge(f, v, fault): 0 when ${v} is a fitting answer to the leaf ${f} (not empty), else -1 and the reason. */
int value_judge(const struct form_field *f, const cJSON *v, struct value_fault *fault);

/** value_subject(s): 1 when ${s} may name a subject, else 0 (no identifier, or an identity number). */
int value_subject(const char *s);

/**
 * value_from_text(f, text, fault):
 * What a person typed for the leaf ${f}, as JSON in its stored form; blank
 * text gives an empty value.  To be released with cJSON_Delete; NULL with
 * ${fault} filled in.
 */
cJSON *value_from_text(const struct form_field *f, const char *text, struct value_fault *fault);

/** value_choices(f, rule, out, size): ": a b c" of a field's choices where ${rule} is "choice" and they fit; else "". */
void value_choices(const struct form_field *f, const char *rule, char *out, size_t size);

/** value_round(text, out): a geopoint's "LAT LON" rounded half away from zero to 0.01 degrees.  0, or -1 if it is none. */
int value_round(const char *text, char out[32]);

/**
 * value_finding(out, path, rule, fmt, ...):
 * Add a finding (no more than FORM_FINDINGS_MAX; ${out} may be NULL).
 * Returns 1, or -1 if out of memory.
 */
int value_finding(struct form_findings *out, const char *path, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
