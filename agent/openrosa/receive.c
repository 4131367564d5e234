#include "agent/openrosa/receive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/admit.h"
#include "agent/photo.h"
#include "base/enc.h"
#include "base/log.h"
#include "forms/submission.h"
#include "store/journal_draft.h"

#define KEPT_MAX 65536 /* bytes of what is kept of one submission */

static int
take_file(struct receive *r, const struct multipart_part *p, struct err *e)
{
	struct receive_file *f = &r->file[r->nfiles];
	size_t i;

	if (r->nfiles == RECEIVE_FILES_MAX)
		return err_set(e, "more than %d files", RECEIVE_FILES_MAX);
	for (i = 0; i < r->nfiles; i++)
		if (strcmp(r->file[i].name, p->name) == 0)
			return err_set(e, "the file %.80s came twice", p->name);
	f->name = p->name;
	sha256(f->raw, p->data, p->len);
	buf_init(&f->photo, PHOTO_MAX);
	r->nfiles++;
	if (photo_kind(p->data, p->len) != PHOTO_JPEG)
		return 0; /* a matter for the answer that names it, if any does */
	return photo_reduce(&f->photo, p->data, p->len, PHOTO_SIDE, e) == 0 ? 0 : err_add(e, "%.80s", p->name);
}

int
receive_open(struct receive *r, const struct multipart *m, struct err *e)
{
	const struct multipart_part *p;
	size_t i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < m->n; i++) {
		p = &m->part[i];
		if (strcmp(p->name, "xml_submission_file") == 0) {
			if (r->xml != NULL)
				return err_set(e, "xml_submission_file came twice");
			if (strcmp(p->type, "text/xml") != 0 && strcmp(p->type, "application/xml") != 0)
				return err_set(e, "xml_submission_file must be text/xml");
			r->xml = p->data;
			r->xml_len = p->len;
		} else if (strcmp(p->name, "*isIncomplete*") == 0) {
			r->more = p->len == 3 && memcmp(p->data, "yes", 3) == 0;
		} else if (p->filename == NULL) {
			return err_set(e, "the part %.80s is unknown", p->name);
		} else if (take_file(r, p, e) != 0) {
			return -1;
		}
	}
	return r->xml != NULL ? 0 : err_set(e, "the part xml_submission_file is missing");
}

void
receive_free(struct receive *r)
{
	size_t i;

	for (i = 0; i < r->nfiles; i++)
		buf_free(&r->file[i].photo);
	r->nfiles = 0;
}

/* One submission under way. */
struct taking {
	struct agent *ag;
	struct receive *r;
	struct submission *s;
	cJSON *kept;         /* {"xml":SHA-256,"files":{NAME:[as it came, as stored]}} */
	char key[96], xml[2 * HASH_LEN + 1];
	const char *id;      /* the entry's */
	enum form_lang lang;
	struct err *e;
};

static enum receive_answer
say(struct taking *t, enum receive_answer a, const char *zh, const char *en)
{
	(void)err_set(t->e, "%s", t->lang == FORM_EN ? en : zh);
	return a;
}

static enum receive_answer
failed(struct taking *t)
{
	log_msg(LOG_WARN, "submission: %s", t->e->text);
	return say(t, RECEIVE_FAILED, "设备未能保存，请稍后重发。", "The device could not store it; send it again later.");
}

/* What is kept of this instanceID, or an empty beginning when that was of other XML.  1 when it is of this XML, 0, -1. */
static int
load_kept(struct taking *t)
{
	struct buf b;
	const char *was;
	int rc;

	buf_init(&b, KEPT_MAX);
	rc = journal_get(t->ag->j, t->key, &b);
	if (rc == 1)
		t->kept = json_parse(b.data, b.len, JSON_OBJECT, t->e);
	buf_free(&b);
	if (rc < 0)
		return err_set(t->e, "the journal cannot be read");
	was = t->kept != NULL ? json_string(t->kept, "xml") : NULL;
	if (was != NULL && strcmp(was, t->xml) == 0)
		return 1;
	cJSON_Delete(t->kept);
	if ((t->kept = cJSON_CreateObject()) == NULL || cJSON_AddStringToObject(t->kept, "xml", t->xml) == NULL || cJSON_AddObjectToObject(t->kept, "files") == NULL)
		return err_set(t->e, "out of memory");
	return 0;
}

static int
save_kept(struct taking *t)
{
	char *text = cJSON_PrintUnformatted(t->kept);
	int rc = text == NULL ? err_set(t->e, "out of memory") : strlen(text) > KEPT_MAX ? err_set(t->e, "too many files") :
	    journal_set(t->ag->j, t->key, text, strlen(text), t->e);

	cJSON_free(text);
	return rc;
}

static const char *
kept_hash(const struct taking *t, const char *name, int stored)
{
	const cJSON *pair = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(t->kept, "files"), name);

	return cJSON_GetStringValue(cJSON_GetArrayItem(pair, stored));
}

/* It was recorded: is this the same?  A photo that came under a name stays that photo. */
static enum receive_answer
again(struct taking *t, int same)
{
	char hex[2 * HASH_LEN + 1];
	const char *was;
	size_t i;

	for (i = 0; i < t->r->nfiles && same; i++) {
		enc_hex(hex, t->r->file[i].raw, HASH_LEN);
		if ((was = kept_hash(t, t->r->file[i].name, 0)) != NULL && strcmp(was, hex) != 0)
			same = 0;
	}
	return same ? RECEIVE_RECORDED : say(t, RECEIVE_OTHER, "同一编号的记录已经保存，内容与这次不同。已保存的不会改变；要更正，请在本机页面上更正该条记录。",
	    "A record of this instanceID was saved with other content, and stays as it is. To correct it, correct the entry on the device's page.");
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

/* Store a photo that came with this post, and note which it was. */
static enum receive_answer
keep_file(struct taking *t, const struct receive_file *f)
{
	char raw[2 * HASH_LEN + 1], hex[2 * HASH_LEN + 1];
	const char *texts[2] = { raw, hex };
	uint8_t hash[HASH_LEN];
	cJSON *files = cJSON_GetObjectItemCaseSensitive(t->kept, "files"), *pair;

	if (f->photo.len == 0)
		return say(t, RECEIVE_WRONG, "照片不是JPEG，请把相机设为JPEG后重拍。", "A photo is not a JPEG; set the camera to JPEG and take it again.");
	if (admit_photo(t->ag, t->e) != 0)
		return RECEIVE_FULL;
	if (journal_attachment_put(t->ag->j, f->photo.data, f->photo.len, hash, t->e) != 0)
		return failed(t);
	enc_hex(raw, f->raw, HASH_LEN);
	enc_hex(hex, hash, HASH_LEN);
	cJSON_DeleteItemFromObjectCaseSensitive(files, f->name);
	pair = cJSON_CreateStringArray(texts, 2);
	if (pair != NULL && cJSON_AddItemToObject(files, f->name, pair))
		return RECEIVE_RECORDED;
	cJSON_Delete(pair);
	(void)err_set(t->e, "out of memory");
	return failed(t);
}

/* Photos of this post and of those before it into the answers that name them.  RECEIVE_RECORDED: all are there; RECEIVE_WAITING: some are not yet. */
static enum receive_answer
take_photos(struct taking *t, const struct form *f)
{
	enum receive_answer a = RECEIVE_RECORDED, got;
	const struct receive_file *file;
	const char *hex;
	size_t i;

	for (i = 0; i < t->s->nfiles; i++) {
		if ((file = posted(t, t->s->file[i].name)) != NULL && (got = keep_file(t, file)) != RECEIVE_RECORDED)
			return got;
		if ((hex = kept_hash(t, t->s->file[i].name, 1)) == NULL)
			a = RECEIVE_WAITING;
		else if (form_set(f, t->s->answers, t->s->file[i].path, hex, NULL) != 0)
			return say(t, RECEIVE_WRONG, "照片所在的栏目不符。", "A photo does not fit its field.");
	}
	return a;
}

/* It is not taken: photos that came for it are not kept, unless an entry names them. */
static void
let_go(struct taking *t)
{
	cJSON *files = cJSON_GetObjectItemCaseSensitive(t->kept, "files"), *pair;
	uint8_t hash[HASH_LEN];
	const char *hex;

	if (files == NULL || files->child == NULL)
		return;
	cJSON_ArrayForEach(pair, files) {
		hex = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));
		if (hex != NULL && dec_hex(hash, HASH_LEN, hex, strlen(hex)) == 0)
			(void)journal_attachment_forget(t->ag->j, hash, NULL);
	}
	while ((pair = files->child) != NULL)
		cJSON_Delete(cJSON_DetachItemViaPointer(files, pair));
	if (save_kept(t) != 0)
		log_msg(LOG_WARN, "submission: what was kept of it could not be let go");
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
		if (x->message[t->lang][0] != '\0')
			(void)snprintf(one, sizeof(one), "%s%.60s: %.120s", i > 0 ? "; " : "", x->path, x->message[t->lang]);
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

/* All is there: an entry of it. */
static enum receive_answer
record(struct taking *t, const struct form *f, const char *actor)
{
	struct form_findings out = { 0, NULL };
	enum receive_answer a = RECEIVE_RECORDED;
	struct recorded done;
	struct draft d;
	int rc;

	draft_init(&d, "record", t->ag);
	d.shown = 1;
	(void)snprintf(d.actor, sizeof(d.actor), "%s", actor);
	(void)snprintf(d.id, sizeof(d.id), "%s", t->id);
	if (admit_entry(t->ag, t->e) != 0)
		a = RECEIVE_FULL;
	else if ((rc = recorder_fill(t->ag, &d, f, t->s->answers, &out, t->e)) != 0)
		a = rc > 0 ? wrong(t, &out) : failed(t);
	else if (save_kept(t) != 0 || (rc = recorder_append(t->ag, &d, 1, &done, t->e)) < 0)
		a = failed(t);
	else if (rc == 1)
		a = again(t, 0);
	form_findings_free(&out);
	draft_free(&d);
	return a;
}

static enum receive_answer
take(struct taking *t, const char *actor)
{
	struct form_findings out = { 0, NULL };
	enum receive_answer a;
	struct form *f;
	int rc;

	if (t->s->deprecated_id != NULL)
		return say(t, RECEIVE_OTHER, "已发送的记录不在手机上修改：请在本机页面上更正。", "What was sent is not edited on the phone: correct the entry on the device's page.");
	if ((f = recorder_form(t->ag, t->s->form, t->s->version, t->e)) == NULL) {
		log_msg(LOG_INFO, "submission: %s", t->e->text);
		return say(t, RECEIVE_NO_FORM, "设备上没有这张表或这个版本，请在手机上更新表格。", "This form, or this version of it, is not on the device; get the forms again on the phone.");
	}
	if ((rc = submission_answers(t->s, f, &out)) != 0)
		a = rc > 0 ? wrong(t, &out) : failed(t);
	else if ((a = take_photos(t, f)) == RECEIVE_WAITING)
		a = save_kept(t) != 0 ? failed(t) : t->r->more ? RECEIVE_WAITING :
		    say(t, RECEIVE_BAD, "记录里的照片没有全部发来，请重发。", "Not every photo that the record names was sent; send it again.");
	else if (a == RECEIVE_RECORDED)
		a = record(t, f, actor);
	if (a == RECEIVE_WRONG)
		let_go(t);
	form_findings_free(&out);
	form_free(f);
	return a;
}

enum receive_answer
receive_record(struct agent *ag, struct receive *r, const char *actor, enum form_lang lang, struct err *e)
{
	struct taking t = { .ag = ag, .r = r, .lang = lang, .e = e };
	enum receive_answer a;
	struct journal_entry x;
	uint8_t hash[HASH_LEN];
	int there = -1, same;

	if ((t.s = submission_open(r->xml, r->xml_len, e)) == NULL)
		return RECEIVE_BAD;
	t.id = t.s->instance_id + strlen("uuid:");
	(void)snprintf(t.key, sizeof(t.key), "openrosa:%s", t.id);
	sha256(hash, r->xml, r->xml_len);
	enc_hex(t.xml, hash, HASH_LEN);
	journal_entry_init(&x);
	if ((same = load_kept(&t)) >= 0 && (there = journal_by_id(ag->j, t.id, &x)) < 0)
		(void)err_set(e, "the journal cannot be read");
	journal_entry_free(&x);
	a = there < 0 ? failed(&t) : there == 1 ? again(&t, same) : take(&t, actor);
	cJSON_Delete(t.kept);
	submission_free(t.s);
	return a;
}
