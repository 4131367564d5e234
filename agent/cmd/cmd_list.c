#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/sync/aside.h"
#include "agent/sync/note.h"
#include "agent/sync/plan.h"
#include "agent/show.h"
#include "agent/words.h"
#include "base/clock.h"
#include "base/enc.h"
#include "web/qr.h"

struct listing {
	const struct args *a;
	struct agent *ag;
	const char *form, *subject, *state;
};

static int
list_row(void *ctx, const struct journal_entry *x)
{
	const struct listing *l = ctx;
	const char *state = show_state(l->ag, x);
	char hex[2 * HASH_LEN + 1], when[32];
	cJSON *o;

	if ((l->form && strcmp(l->form, x->h.form) != 0) || (l->subject && strcmp(l->subject, x->subject) != 0) || (l->state && strcmp(l->state, state) != 0))
		return 0;
	enc_hex(hex, x->hash, HASH_LEN);
	if (!l->a->json) {
		show_when(x, when);
		(void)fprintf(l->a->io->out, "%.12s  %u/%-5llu %-10s %-16s %-22s %s\n", hex, x->h.epoch, (unsigned long long)x->h.seq, state,
		    x->h.has_form ? x->h.form : x->h.kind, x->subject[0] ? x->subject : "-", when);
		return 0;
	}
	o = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(o, "entry", hex);
	(void)cJSON_AddNumberToObject(o, "epoch", x->h.epoch);
	(void)cJSON_AddNumberToObject(o, "seq", (double)x->h.seq);
	(void)cJSON_AddStringToObject(o, "form", x->h.form);
	(void)cJSON_AddStringToObject(o, "subject", x->subject);
	(void)cJSON_AddStringToObject(o, "kind", x->h.kind);
	(void)cJSON_AddStringToObject(o, "state", state);
	(void)cJSON_AddNumberToObject(o, "wall", (double)x->h.wall);
	show_json(l->a->io->out, o);
	return 0;
}

/* A photo that cannot be sent; its entry may be confirmed all the same. */
static int
list_photo(void *ctx, const uint8_t hash[HASH_LEN], enum aside_reason why)
{
	const struct args *a = ctx;
	char hex[2 * HASH_LEN + 1];
	cJSON *o;

	enc_hex(hex, hash, HASH_LEN);
	if (!a->json) {
		(void)fprintf(a->io->out, "%.12s  photo   set-aside  %s %s\n", hex, aside_words(why, "en"), aside_words(why, "zh"));
		return 0;
	}
	o = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(o, "photo", hex);
	(void)cJSON_AddStringToObject(o, "state", "set-aside");
	(void)cJSON_AddStringToObject(o, "reason", aside_code(why));
	show_json(a->io->out, o);
	return 0;
}

static void
list_planned(const struct args *a, const struct planned *x)
{
	cJSON *o, *t;

	if (!a->json) {
		(void)fprintf(a->io->out, "%-10s %-16s %-12s %-22s", x->due[0] ? x->due : "-", x->form, x->place, x->subject[0] ? x->subject : "-");
		if (x->subject[0] == '\0')
			(void)fprintf(a->io->out, " %llu of %llu", (unsigned long long)x->reached, (unsigned long long)x->count);
		(void)fprintf(a->io->out, "%s%s%s%s%s\n", x->late ? " LATE" : "", x->name ? " " : "", x->name ? x->name : "", x->target ? " " : "", x->target ? x->target : "");
		return;
	}
	o = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(o, "form", x->form);
	(void)cJSON_AddStringToObject(o, "place", x->place);
	(void)cJSON_AddStringToObject(o, "subject", x->subject);
	if (x->name != NULL)
		(void)cJSON_AddStringToObject(o, "name", x->name);
	if (x->due[0] != '\0')
		(void)cJSON_AddStringToObject(o, "due", x->due);
	(void)cJSON_AddNumberToObject(o, "count", (double)x->count);
	(void)cJSON_AddNumberToObject(o, "done", (double)x->reached);
	(void)cJSON_AddBoolToObject(o, "late", x->late);
	if (x->target != NULL && (t = cJSON_Parse(x->target)) != NULL && !cJSON_AddItemToObject(o, "target", t))
		cJSON_Delete(t);
	show_json(a->io->out, o);
}

/* What the county planned for the places of this device and no entry here shows as done. */
static int
planned(const struct args *a, struct agent *ag)
{
	const char *subject = opt_get(a, "subject");
	struct plan p;
	struct err e;
	size_t i;

	if (opt_get(a, "state") != NULL) {
		(void)err_set(&e, "list --planned: what is planned has no --state");
		return opt_fail(&e);
	}
	if (plan_load(ag, opt_get(a, "form"), &p) != 0) {
		(void)err_set(&e, "the journal cannot be read");
		return opt_fail(&e);
	}
	for (i = 0; i < p.n; i++)
		if (!p.line[i].done && (subject == NULL || strcmp(subject, p.line[i].subject) == 0))
			list_planned(a, &p.line[i]);
	if (p.locked && !a->json)
		(void)fprintf(a->io->err, "names are locked: a cadre signs in on the local page to see them\n");
	plan_free(&p);
	return EXIT_YES;
}

static int
list(const struct args *a, struct agent *ag)
{
	struct listing l = { a, ag, opt_get(a, "form"), opt_get(a, "subject"), opt_get(a, "state") };
	struct err e;

	if (opt_get(a, "planned") != NULL)
		return planned(a, ag);
	if (l.state != NULL && !words_is_state(l.state)) {
		(void)err_set(&e, "--state %.32s: no such state (tally-agent list --help names them)", l.state);
		return opt_fail(&e);
	}
	if (journal_each(ag->j, list_row, &l) < 0 ||
	    (l.state != NULL && l.form == NULL && l.subject == NULL && strcmp(l.state, "set-aside") == 0 && aside_each(ag, list_photo, (void *)(uintptr_t)a) < 0)) {
		(void)err_set(&e, "the journal cannot be read");
		return opt_fail(&e);
	}
	return EXIT_YES;
}

static void
put_sig(FILE *f, const struct sigline *l)
{
	struct buf b;

	buf_init(&b, 512);
	(void)sigline_print(&b, l);
	(void)fputs(buf_str(&b), f);
	buf_free(&b);
}

/* The personal part, or why it is not shown. */
static const char *
personal_words(const struct journal_entry *x)
{
	if (x->has_personal)
		return buf_str(&x->personal);
	switch (x->personal_locked) {
	case JOURNAL_LOCKED:
		return "(locked: it is shown to who is signed in)";
	case JOURNAL_LOST:
		return "(lost: the key it was sealed under, rest.key, is gone)";
	case JOURNAL_ALTERED:
		return "(damaged: its sealed bytes were altered)";
	default:
		return "(erased or dropped)";
	}
}

/* "note", "" when there is none. */
static void
note_text(struct agent *ag, const struct journal_entry *x, struct buf *b)
{
	switch (note_of(ag, x->hash, b)) {
	case 1:
		return;
	case 2:
		(void)buf_puts(b, "(locked: a cadre signs in on the local page to read it)");
		return;
	default:
		buf_reset(b);
	}
}

static void
show_text(const struct args *a, struct agent *ag, const struct journal_entry *x)
{
	FILE *f = a->io->out;
	char hex[2 * HASH_LEN + 1], when[32];
	struct buf receipt, note;
	size_t i;

	enc_hex(hex, x->hash, HASH_LEN);
	buf_init(&note, NOTE_TEXT_MAX);
	note_text(ag, x, &note);
	(void)fprintf(f, "entry %s\nstate %s\n", hex, show_state(ag, x));
	if (note.len > 0)
		(void)fprintf(f, "note from the county: %s\n", buf_str(&note));
	(void)fprintf(f, "\n%s\n", buf_str(&x->header));
	buf_free(&note);
	for (i = 0; i < x->nsigs; i++)
		put_sig(f, &x->sig[i]);
	(void)fprintf(f, "\npayload   %s\n", buf_str(&x->payload));
	if (x->h.personal_len > 0)
		(void)fprintf(f, "personal  %s\n", personal_words(x));
	if (!x->has_receipt) {
		(void)fprintf(f, "receipt   none yet\n");
		return;
	}
	clock_datetime((int64_t)x->received, when);
	(void)fprintf(f, "receipt   log entry %llu, received %s\n", (unsigned long long)x->index, when);
	buf_init(&receipt, RECEIPT_MAX + NOTE_MAX);
	if (journal_receipt_of(ag->j, x->index, &receipt) == 1)
		(void)fprintf(f, "\n%s", buf_str(&receipt));
	buf_free(&receipt);
}

/* ${v} taken over, also on failure. */
static void
put_item(cJSON *o, const char *name, cJSON *v)
{
	if (!cJSON_AddItemToObject(o, name, v))
		cJSON_Delete(v);
}

static void
show_whole(const struct args *a, struct agent *ag, const struct journal_entry *x)
{
	char hex[2 * HASH_LEN + 1];
	cJSON *o = cJSON_CreateObject();
	struct buf receipt, note;

	enc_hex(hex, x->hash, HASH_LEN);
	(void)cJSON_AddStringToObject(o, "entry", hex);
	(void)cJSON_AddStringToObject(o, "state", show_state(ag, x));
	buf_init(&note, NOTE_TEXT_MAX);
	note_text(ag, x, &note);
	if (note.len > 0)
		(void)cJSON_AddStringToObject(o, "note", buf_str(&note));
	buf_free(&note);
	(void)cJSON_AddStringToObject(o, "header", buf_str(&x->header));
	put_item(o, "payload", cJSON_Parse(buf_str(&x->payload)));
	put_item(o, "personal", x->has_personal ? cJSON_Parse(buf_str(&x->personal)) : cJSON_CreateNull());
	if (x->personal_locked)
		put_item(o, "personal_state", cJSON_CreateString(x->personal_locked == JOURNAL_LOCKED ? "locked" : x->personal_locked == JOURNAL_LOST ? "lost" : "damaged"));
	buf_init(&receipt, RECEIPT_MAX + NOTE_MAX);
	if (x->has_receipt && journal_receipt_of(ag->j, x->index, &receipt) == 1)
		(void)cJSON_AddStringToObject(o, "receipt", buf_str(&receipt));
	else
		(void)cJSON_AddNullToObject(o, "receipt");
	buf_free(&receipt);
	show_json(a->io->out, o);
}

/* Run ${fn} on the entry that the first argument names. */
static int
with_entry(const struct args *a, struct agent *ag, void (*fn)(const struct args *a, struct agent *ag, const struct journal_entry *x))
{
	struct journal_entry x;
	struct err e = { "" };
	int rc;

	journal_entry_init(&x);
	if ((rc = show_find(ag, a->pos[0], &x, &e)) == 0)
		fn(a, ag, &x);
	journal_entry_free(&x);
	return rc == 0 ? EXIT_YES : rc == 1 ? opt_refuse(&e) : opt_fail(&e);
}

static int
show(const struct args *a, struct agent *ag)
{
	return with_entry(a, ag, a->json ? show_whole : show_text);
}

/* What a household takes home: enough to ask anywhere, later, whether this entry is in the log. */
static void
slip_text(const struct args *a, struct agent *ag, const struct journal_entry *x)
{
	FILE *f = a->io->out;
	char hex[2 * HASH_LEN + 1], short_id[64], when[32], log[2 * HASH_LEN + 1] = "-";
	struct words *w = words_open(ag);
	struct buf qr;

	if (w == NULL)
		return;
	enc_hex(hex, x->hash, HASH_LEN);
	enc_b32(short_id, x->hash, HASH_LEN);
	short_id[26] = '\0';
	if (x->h.has_log)
		enc_hex(log, x->h.log, HASH_LEN);
	show_when(x, when);
	(void)fprintf(f, "记录凭条  Slip of a record\n\n");
	(void)fprintf(f, "项目 programme    %s  %s\n对象 subject      %s\n", words_what(w, x, FORM_ZH), words_what(w, x, FORM_EN), x->subject[0] ? x->subject : "-");
	if (*words_stage(w, x, FORM_ZH) != '\0')
		(void)fprintf(f, "阶段 stage        %s  %s\n", words_stage(w, x, FORM_ZH), words_stage(w, x, FORM_EN));
	(void)fprintf(f, "地点 place        %s\n时间 recorded     %s\n", x->h.place, when);
	(void)fprintf(f, "状态 state        %s  %s\n\n记录编号 entry    %.4s-%.4s-%.4s-%.4s-%.4s-%.6s\n", words_state(show_state(ag, x), FORM_ZH), show_state(ag, x), short_id, short_id + 4, short_id + 8, short_id + 12,
	    short_id + 16, short_id + 20);
	(void)fprintf(f, "全码 in full      %s\n县日志 log key    %s\n\n", hex, log);
	buf_init(&qr, 65536);
	if ((a->io->out_tty ? qr_terminal : qr_paper)(&qr, hex) == 0)
		(void)fputs(buf_str(&qr), f);
	buf_free(&qr);
	(void)fprintf(f, "\n凭此编号可在县公开日志中核对本条记录。\nWith this number anybody can look for the record in the county's public log.\n");
	words_close(w);
}

static int
slip(const struct args *a, struct agent *ag)
{
	return with_entry(a, ag, slip_text);
}

int
cmd_list(const struct args *a)
{
	return agent_with(a, list);
}

int
cmd_show(const struct args *a)
{
	return agent_with(a, show);
}

int
cmd_slip(const struct args *a)
{
	return agent_with(a, slip);
}
