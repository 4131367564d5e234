#include "agent/openrosa/receive.h"

#include <stdio.h>
#include <string.h>

#include "agent/record/admit.h"
#include "agent/openrosa/kept.h"
#include "agent/openrosa/place.h"
#include "agent/record/places.h"
#include "base/enc.h"
#include "base/log.h"
#include "forms/submission.h"

/* One submission under way. */
struct taking {
	struct agent *ag;
	struct receive *r;
	const struct receive_from *from;
	struct submission *s;
	struct kept k;
	struct journal_entry target; /* what it corrects, when it does */
	struct err *e;
};

static enum receive_answer
say(struct taking *t, enum receive_answer a, const char *zh, const char *en)
{
	(void)err_set(t->e, "%s", t->from->lang == FORM_EN ? en : zh);
	return a;
}

static enum receive_answer
failed(struct taking *t)
{
	log_msg(LOG_WARN, "submission: %s", t->e->text);
	return say(t, RECEIVE_FAILED, "设备未能保存，请稍后重发。", "The device could not store it; send it again later.");
}

/* Two things under one name: what was saved, and what came now. */
static enum receive_answer
other(struct taking *t, const char *what, const char *was, const char *now)
{
	(void)err_set(t->e, t->from->lang == FORM_EN ? "A record of this instanceID was saved with other content, and stays as it is (%.80s: saved SHA-256 %.16s, sent now %.16s). To correct it, edit what was sent, or correct the entry on the device's page." :
	    "同一编号的记录已经保存，内容与这次不同（%.80s：已保存 SHA-256 %.16s，这次 %.16s）。已保存的不会改变；要更正，请编辑已发送的记录，或在本机页面上更正。", what, was[0] != '\0' ? was : "?", now);
	return RECEIVE_OTHER;
}

/* It was recorded: is this the same?  A photo that came under a name stays that photo. */
static enum receive_answer
again(struct taking *t, int same)
{
	char hex[2 * HASH_LEN + 1];
	const char *was;
	size_t i;

	if (!same)
		return other(t, "XML", t->k.was, t->k.xml);
	for (i = 0; i < t->r->nfiles; i++) {
		enc_hex(hex, t->r->file[i].raw, HASH_LEN);
		if ((was = kept_raw(&t->k, t->r->file[i].name)) != NULL && strcmp(was, hex) != 0)
			return other(t, t->r->file[i].name, was, hex);
	}
	return RECEIVE_RECORDED;
}

static const struct receive_file *
posted(const struct taking *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->r->nfiles; i++)
		if (strcmp(t->r->file[i].name, name) == 0)
			return &t->r->file[i];
	return NULL;
}

/* Note every photo of this post that the record names, then store them: a power cut between leaves a note that kept_here() does not believe. */
static enum receive_answer
keep_files(struct taking *t)
{
	const struct receive_file *file;
	uint8_t hash[HASH_LEN];
	uint64_t bytes = 0;
	size_t i, n = 0;

	for (i = 0; i < t->s->nfiles; i++) {
		if ((file = posted(t, t->s->file[i].name)) == NULL)
			continue;
		if (file->photo.len == 0)
			return say(t, RECEIVE_WRONG, "照片不是JPEG，请把相机设为JPEG后重拍。", "A photo is not a JPEG; set the camera to JPEG and take it again.");
		sha256(hash, file->photo.data, file->photo.len);
		if (kept_file(&t->k, file->name, file->raw, hash, t->e) != 0)
			return failed(t);
		bytes += file->photo.len;
		n++;
	}
	if (n == 0)
		return RECEIVE_RECORDED;
	if (admit_photo(t->ag, t->e) != 0)
		return RECEIVE_FULL;
	if (kept_wait(&t->k, bytes, t->e) != 0 || kept_save(&t->k, t->e) != 0)
		return failed(t);
	for (i = 0; i < t->s->nfiles; i++)
		if ((file = posted(t, t->s->file[i].name)) != NULL && journal_attachment_put(t->ag->j, file->photo.data, file->photo.len, hash, t->e) != 0)
			return failed(t);
	return RECEIVE_RECORDED;
}

/* Photos of this post and of those before it into the answers that name them.  RECEIVE_RECORDED: all are there; RECEIVE_WAITING: some are not yet. */
static enum receive_answer
take_photos(struct taking *t, const struct form *f)
{
	enum receive_answer a = keep_files(t);
	const struct submission_file *x;

	if (a != RECEIVE_RECORDED)
		return a;
	for (x = t->s->file; x < t->s->file + t->s->nfiles; x++) {
		if (posted(t, x->name) == NULL && !kept_here(&t->k, x->name))
			a = RECEIVE_WAITING;
		else if (form_set(f, t->s->answers, x->path, kept_stored(&t->k, x->name), NULL) != 0)
			return say(t, RECEIVE_WRONG, "照片所在的栏目不符。", "A photo does not fit its field.");
	}
	return a;
}

/* The first things that are wrong, in the form's own words where it has some. */
static enum receive_answer
wrong(struct taking *t, const struct form_findings *out)
{
	char text[sizeof(t->e->text)] = "", one[200];
	const struct form_finding *x;
	size_t i;

	for (i = 0; i < out->n && i < 3; i++) {
		x = &out->f[i];
		if (x->message[t->from->lang][0] != '\0')
			(void)snprintf(one, sizeof(one), "%s%.60s: %.120s", i > 0 ? "; " : "", x->path, x->message[t->from->lang]);
		else
			(void)snprintf(one, sizeof(one), "%s%.160s", i > 0 ? "; " : "", x->text);
		if (strlen(text) + strlen(one) < sizeof(text))
			(void)strcat(text, one);
	}
	while (text[0] != '\0' && !utf8_ok(text, strlen(text)))
		text[strlen(text) - 1] = '\0';
	(void)err_set(t->e, "%s", text);
	log_msg(LOG_INFO, "submission: of form %s: %zu findings", t->s->form, out->n);
	return RECEIVE_WRONG;
}

/* Does the entry that it corrects stand, and is it of this form, and of a place of this phone's?  RECEIVE_RECORDED: go on. */
static enum receive_answer
find_target(struct taking *t)
{
	const char *id = t->s->deprecated_id + strlen("uuid:");
	const struct journal_entry *x = &t->target;
	uint8_t by[HASH_LEN];
	int withdrawn = 0, rc;

	if ((rc = journal_by_id(t->ag->j, id, &t->target)) < 0 || (rc == 1 && (rc = 1 + journal_superseded_by(t->ag->j, x->hash, by, &withdrawn)) < 1)) {
		(void)err_set(t->e, "the journal cannot be read");
		return failed(t);
	}
	if (rc == 0)
		return say(t, RECEIVE_NO_FORM, "被修改的那条记录不在本设备上，请把原记录发到这里，或在原来的设备上更正。", "What it edits (deprecatedID) is not on this device; correct it where it was recorded.");
	if (rc == 2)
		return say(t, RECEIVE_OTHER, withdrawn ? "被修改的那条记录已经撤回，请重新填写。" : "被修改的那条记录已经被更正过，请更正最新的一条。",
		    withdrawn ? "What it edits was withdrawn; fill it in anew." : "What it edits was corrected already; edit the newest one, or correct it on the device's page.");
	if (!x->h.has_form || strcmp(x->h.form, t->s->form) != 0)
		return say(t, RECEIVE_OTHER, "被修改的那条记录属于另一张表。", "What it edits is of another form.");
	if (t->from->place[0] != '\0' && !place_inside(x->h.place, t->from->place))
		return say(t, RECEIVE_DENIED, "被修改的那条记录不属于这部手机的地区。", "What it edits is of a place that is not this phone's.");
	return RECEIVE_RECORDED;
}

/* What the draft is beside its answers: who, where, instead of what. */
static enum receive_answer
prepare(struct taking *t, const struct form *f, struct draft *d)
{
	const char *subject = place_subject(f, t->s->answers);
	int edit = t->s->deprecated_id != NULL;

	d->shown = 1;
	(void)snprintf(d->actor, sizeof(d->actor), "%s", t->from->actor);
	(void)snprintf(d->id, sizeof(d->id), "%s", t->k.id);
	if (!edit) {
		place_choose(t->ag, f, subject, t->from->place, d->place);
		return RECEIVE_RECORDED;
	}
	(void)strcpy(d->place, t->target.h.place);
	d->has_supersedes = 1;
	memcpy(d->supersedes, t->target.hash, HASH_LEN);
	/* the device named it, and the phone never learned how */
	if (f->subject != NULL && *subject == '\0' && form_set(f, t->s->answers, f->subject, t->target.subject, NULL) != 0)
		return failed(t);
	return f->subject == NULL || *subject == '\0' || strcmp(subject, t->target.subject) == 0 ? RECEIVE_RECORDED :
	    say(t, RECEIVE_OTHER, "被修改的那条记录是另一个对象的；更正不能改换对象，请撤回后重新填写。", "What it edits is about another subject, and a correction keeps its subject: withdraw that one and fill this in anew.");
}

/* All is there: an entry of it. */
static enum receive_answer
record(struct taking *t, const struct form *f)
{
	struct form_findings out = { 0, NULL };
	enum receive_answer a;
	struct recorded done;
	struct draft d;
	int rc;

	draft_init(&d, t->s->deprecated_id != NULL ? "correction" : "record", t->ag);
	if (admit_entry(t->ag, t->e) != 0)
		a = RECEIVE_FULL;
	else if ((a = prepare(t, f, &d)) != RECEIVE_RECORDED)
		;
	else if ((rc = places_may(t->ag, d.place, t->e)) != 0)
		a = rc < 0 ? failed(t) : say(t, RECEIVE_OTHER, "县里未授权本设备为该地点登记（或授权已结束），登记了也不算数；请与县里联系。",
		    "The county does not let this device record for this place, or not any more: it would not count. Ask the county.");
	else if ((rc = recorder_fill(t->ag, &d, f, t->s->answers, &out, t->e)) != 0)
		a = rc > 0 ? wrong(t, &out) : failed(t);
	else if (kept_save(&t->k, t->e) != 0 || (rc = recorder_append(t->ag, &d, 1, &done, t->e)) < 0)
		a = failed(t);
	else if (rc == 1)
		a = again(t, 0);
	else if (t->s->nfiles > 0 && kept_done(t->ag, t->k.id, t->e) != 0)
		log_msg(LOG_WARN, "submission: %s", t->e->text); /* it is recorded; the list forgets it in time */
	form_findings_free(&out);
	draft_free(&d);
	return a;
}

/* It is not taken: photos that came for it are not kept, unless an entry names them. */
static void
let_go(struct taking *t)
{
	struct err e = { "" };

	if (kept_drop(&t->k, &e) != 0)
		log_msg(LOG_WARN, "submission: what was kept of it could not be let go: %s", e.text);
}

static enum receive_answer
take(struct taking *t)
{
	struct form_findings out = { 0, NULL };
	enum receive_answer a;
	const struct form *f;
	int rc;

	if (t->s->deprecated_id != NULL && (a = find_target(t)) != RECEIVE_RECORDED)
		return a;
	if ((f = recorder_form(t->ag, t->s->form, t->s->version, t->e)) == NULL) {
		log_msg(LOG_INFO, "submission: %s", t->e->text);
		return say(t, RECEIVE_NO_FORM, "设备上没有这张表或这个版本，请在手机上更新表格。", "This form, or this version of it, is not on the device; get the forms again on the phone.");
	}
	if ((rc = submission_answers(t->s, f, &out)) != 0)
		a = rc > 0 ? wrong(t, &out) : failed(t);
	else if ((a = take_photos(t, f)) == RECEIVE_WAITING)
		a = kept_save(&t->k, t->e) != 0 ? failed(t) : t->r->more ? RECEIVE_WAITING :
		    say(t, RECEIVE_BAD, "记录里的照片没有全部发来，请重发。", "Not every photo that the record names was sent; send it again.");
	else if (a == RECEIVE_RECORDED)
		a = record(t, f);
	if (a == RECEIVE_WRONG || a == RECEIVE_OTHER)
		let_go(t);
	form_findings_free(&out);
	formcache_drop(f);
	return a;
}

/* Files that the record does not name are not kept, and that is said. */
static void
say_unnamed(struct taking *t)
{
	struct buf b;
	size_t i, k;

	t->e->text[0] = '\0';
	buf_init(&b, sizeof(t->e->text) / 2);
	for (i = 0; i < t->r->nfiles; i++) {
		for (k = 0; k < t->s->nfiles && strcmp(t->s->file[k].name, t->r->file[i].name) != 0; k++)
			;
		if (k == t->s->nfiles && kept_raw(&t->k, t->r->file[i].name) == NULL)
			(void)buf_printf(&b, "%s%.80s", b.len > 0 ? ", " : "", t->r->file[i].name);
	}
	if (b.len > 0)
		(void)err_set(t->e, t->from->lang == FORM_EN ? "Not kept, because the record does not name it: %s" : "记录里没有提到，未保存：%s", buf_str(&b));
	buf_free(&b);
}

enum receive_answer
receive_record(struct agent *ag, struct receive *r, const struct receive_from *from, struct err *e)
{
	struct taking t = { .ag = ag, .r = r, .from = from, .e = e };
	enum receive_answer a;
	struct journal_entry x;
	int there = -1, same;

	if ((t.s = submission_open(r->xml, r->xml_len, e)) == NULL)
		return RECEIVE_BAD;
	journal_entry_init(&t.target);
	journal_entry_init(&x);
	if ((same = kept_load(&t.k, ag, t.s->instance_id + strlen("uuid:"), r->xml, r->xml_len, e)) >= 0 && (there = journal_by_id(ag->j, t.k.id, &x)) < 0)
		(void)err_set(e, "the journal cannot be read");
	if (there == 0 && !same && kept_anew(&t.k, e) != 0) /* never signed: what came now is what it is */
		there = -1;
	a = there < 0 ? failed(&t) : there == 1 ? again(&t, same) : take(&t);
	if (a == RECEIVE_RECORDED || a == RECEIVE_WAITING)
		say_unnamed(&t);
	journal_entry_free(&x);
	journal_entry_free(&t.target);
	kept_free(&t.k);
	submission_free(t.s);
	return a;
}
