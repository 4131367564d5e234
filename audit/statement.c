#include "audit/statement.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/json.h"
#include "evidence/entry.h"

enum lang { ZH, EN, LANGS };

/** What the page is about. */
struct page {
	FILE *f;
	enum lang lang;
	const struct audit *a;
	const struct audit_watched *x;
	struct entry h;
	int own; /* the witnesses are those of a policy that the reader brought */
};

/* One line in the page's language. */
static void line(const struct page *p, const char *zh, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));

static void
line(const struct page *p, const char *zh, const char *en, ...)
{
	va_list ap;

	va_start(ap, en);
	if (p->lang == ZH)
		(void)vfprintf(p->f, zh, ap);
	else
		(void)vfprintf(p->f, en, ap);
	va_end(ap);
	(void)putc('\n', p->f);
}

static void
head(const struct page *p)
{
	char hex[2 * HASH_LEN + 1], device[2 * HASH_LEN + 1];

	enc_hex(hex, p->x->hash, HASH_LEN);
	enc_hex(device, p->h.device, HASH_LEN);
	line(p, "关于一条记录的说明", "Statement about one record");
	line(p, "记录编号 %s", "Record %s", hex);
	line(p, "设备 %.8s  第 %u 期第 %" PRIu64 " 条  地点 %s", "Device %.8s, period %u, number %" PRIu64 ", place %s", device, (unsigned)p->h.epoch, p->h.seq, p->h.place);
	if (p->h.has_form)
		line(p, "表单 %s %s (%s)", "Form %s %s (%s)", p->h.form, p->h.form_version, p->h.kind);
	else
		line(p, "种类 %s", "Kind %s", p->h.kind);
}

/* The payload's plain values, as they stand. */
static void
content(const struct page *p)
{
	cJSON *obj = json_parse(buf_str(&p->x->payload), p->x->payload.len, JSON_OBJECT, NULL);
	const cJSON *v;

	line(p, "内容:", "It says:");
	cJSON_ArrayForEach(v, obj) {
		const char *s = cJSON_GetStringValue(v);

		if (s != NULL)
			fprintf(p->f, "    %s: %s\n", v->string, s);
		else if (cJSON_IsNumber(v))
			fprintf(p->f, "    %s: %.0f\n", v->string, v->valuedouble);
	}
	cJSON_Delete(obj);
	if (p->x->erased)
		line(p, "    (个人信息已依命令销毁)", "    (its personal part was destroyed by order)");
	else if (p->x->personal_len > 0)
		line(p, "    (另有个人信息, 此处不列)", "    (it has a personal part, which is not shown here)");
}

static void
proven(const struct page *p)
{
	const struct audit_watched *x = p->x;
	char low[32], high[32];

	line(p, "\n一、可以证明的", "\n1. Proven");
	if (x->sig_ok && !x->bad)
		line(p, "  - 这条记录出自上述设备, 此后一个字也没有改动。", "  - The record comes from that device, and not a character of it was changed since.");
	if (x->sig_ok && x->person_ok)
		line(p, "  - 登记人 %s 当时亲自确认过。", "  - %s confirmed it personally at the time.", p->h.actor);
	if (x->has_leaf)
		line(p, "  - 它在县里的记录簿第 %" PRIu64 " 号, 该簿当时共 %" PRIu64 " 号; 以后抽换会被发现。",
		    "  - It stands at number %" PRIu64 " of the county's book, which then had %" PRIu64 "; an exchange later would be seen.", x->index, p->a->size);
	if (x->receipts > 0)
		line(p, "  - 村里保存着县里当时给的回执。", "  - The village holds the receipt that the county gave for it.");
	clock_datetime((int64_t)x->bounds.low, low);
	clock_datetime((int64_t)x->bounds.high, high);
	if (p->own && x->bounds.has_low && x->bounds.low_witnessed)
		line(p, "  - 作于 %s 之后 (独立见证)。", "  - It was made after %s (independent witnesses).", low);
	if (p->own && x->bounds.has_high && x->bounds.high_witnessed)
		line(p, "  - 作于 %s 之前 (独立见证)。", "  - It was made before %s (independent witnesses).", high);
	if (!x->sig_ok && !x->has_leaf)
		line(p, "  - 没有。", "  - Nothing.");
}

static void
on_whose_word(const struct page *p)
{
	const struct audit_watched *x = p->x;
	char t[32];

	line(p, "\n二、只凭某一方的说法", "\n2. On somebody's word");
	clock_datetime((int64_t)p->h.wall, t);
	if (p->h.clock == CLOCK_UNSET)
		line(p, "  - 设备的时钟没有校准, 它显示 %s。", "  - The device's clock was not set; it showed %s.", t);
	else
		line(p, "  - 设备的时钟: 作于 %s。", "  - The device's clock: made at %s.", t);
	clock_datetime((int64_t)x->received, t);
	if (x->has_leaf)
		line(p, "  - 县里: 收到于 %s。", "  - The county: received at %s.", t);
	clock_datetime((int64_t)x->bounds.low, t);
	if (x->bounds.has_low && !(p->own && x->bounds.low_witnessed))
		line(p, "  - 县里: 作于 %s 之后。", "  - The county: made after %s.", t);
	if (strcmp(p->h.actor, "device") == 0)
		line(p, "  - 设备: 登记时没有人登录。", "  - The device: nobody had signed in.");
	else if (!x->person_ok)
		line(p, "  - 设备: 登记人是 %s。", "  - The device: entered by %s.", p->h.actor);
	if (x->reviewed != 0)
		line(p, "  - 县里审核: %s。", "  - The county's review: %s.", p->lang == ZH ? x->reviewed == 1 ? "通过" : "退回" : x->reviewed == 1 ? "accepted" : "returned");
	if (p->a->trust == TRUST_EXPORT_ONLY)
		line(p, "  - 以上都以县里交来的这份资料为准, 没有与独立得到的资料对照。", "  - All of this rests on the folder that the county handed over; it was compared with nothing from elsewhere.");
}

static void
not_proven(const struct page *p)
{
	const struct findings *l = &p->a->findings;
	size_t n = 0;

	line(p, "\n三、没有证明的", "\n3. Not proven");
	line(p, "  - 内容是否属实。须到现场看。", "  - That what it says is true. One has to go there and look.");
	line(p, "  - 上述时间界限之内的准确时刻。", "  - When exactly it was made, within those times.");
	if (p->x->parked)
		line(p, "  - 这条记录暂不计数, 待县里审核。", "  - It counts for nothing until the county has reviewed it.");
	for (size_t i = 0; i < l->n; i++)
		n += l->f[i].depth == 3 && memcmp(l->f[i].device, p->h.device, HASH_LEN) == 0 && l->f[i].epoch == p->h.epoch && l->f[i].seq == p->h.seq;
	if (n > 0 || p->x->bad)
		line(p, "  - 注意: 核对这条记录时发现 %zu 处不符。", "  - Beware: %zu things about this record do not fit.", n);
	else if (p->a->verdict != VERDICT_OK)
		line(p, "  - 注意: 这份资料的别处发现 %zu 处不符。", "  - Beware: elsewhere in this folder %zu things do not fit.", l->n);
}

void
statement_print(FILE *f, const struct audit *a)
{
	struct page p = { .f = f, .a = a, .x = &a->watched, .own = a->trust != TRUST_EXPORT_ONLY };

	if (entry_parse(&p.h, buf_str(&a->watched.header), a->watched.header.len, NULL) != 0)
		return;
	for (int lang = ZH; lang < LANGS; lang++) {
		p.lang = (enum lang)lang;
		if (lang != ZH)
			fputs("\n--------\n\n", f);
		head(&p);
		content(&p);
		proven(&p);
		on_whose_word(&p);
		not_proven(&p);
	}
}
