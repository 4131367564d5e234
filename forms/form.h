#ifndef FORMS_FORM_H
#define FORMS_FORM_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/**
 * An ODK XForm as Tallystick reads it (docs/forms.md): fields with types,
 * required, choices, translations and personal marks.  Expressions (relevant,
 * constraint, calculate and the like) are compiled with the form and judged by
 * forms/engine.h.  libxml2 is used without network and without external entities.
 */

#define FORM_BYTES_MAX (16U << 20)
#define FORM_FIELDS_MAX 512
#define FORM_CHOICES_MAX 131072 /* of all lists together */
#define FORM_DEPTH_MAX 8
#define FORM_PATH_MAX 100     /* bytes of a field's path */
#define FORM_TEXT_MAX 4096    /* bytes of one answer */
#define FORM_REPEAT_MAX 1000  /* instances of one repeat */
#define FORM_MEDIA_MAX 16     /* files beside one form */
#define FORM_MEDIA_NAME_MAX 80
#define FORM_MEDIA_BYTES_MAX (8U << 20) /* of one such file */
#define FORM_FINDINGS_MAX 100 /* a list of findings stops there */

enum field_type {
	FIELD_GROUP,    /* JSON object of its children */
	FIELD_REPEAT,   /* JSON array of objects */
	FIELD_STRING,
	FIELD_INTEGER,  /* JSON number */
	FIELD_DECIMAL,  /* JSON string of digits, one point, no exponent */
	FIELD_DATE,     /* "YYYY-MM-DD" */
	FIELD_SELECT1,  /* the choice's value */
	FIELD_SELECT,   /* JSON array of values, in the form's order */
	FIELD_GEOPOINT, /* "LAT LON ALT ACC"; personal exact, 0.01 degrees public */
	FIELD_BINARY,   /* the attachment's SHA-256 in hex (its name carries nothing) */
	FIELD_META,     /* meta/instanceID and its like; never asked for */
	FIELD_TIME,     /* "HH:MM[:SS[.fff]][+HH:MM]" */
	FIELD_DATETIME  /* "YYYY-MM-DDTHH:MM[:SS[.fff]][+HH:MM]" */
};

/** How the body shows a field. */
enum form_control { CONTROL_NONE, CONTROL_INPUT, CONTROL_SELECT, CONTROL_UPLOAD, CONTROL_RANGE, CONTROL_TRIGGER };

struct choice {
	char *value;
	char *label[2]; /* [FORM_ZH], [FORM_EN]; never NULL */
};

enum form_lang { FORM_ZH = 0, FORM_EN = 1 };

struct form_field {
	char *name;          /* last step of the path */
	char *path;          /* "amount", "house/grade": from the instance's root, '/'-joined */
	enum field_type type;
	unsigned index;      /* its number in the form, from 0 */
	int required;        /* required="true()"; another expression is in required_expr: ask the engine */
	int personal;        /* tally:personal on the bind, inherited by children; free text is personal unless it says false() */
	int readonly;        /* readonly="true()": shown, not typed (an input without an answer of its own is a note) */
	int asked;           /* a control of the body shows it */
	int bound;           /* a bind names it (used while parsing) */
	char *unit;          /* tally:unit ("fen", "m2"), or NULL */
	char *mediatype;     /* of FIELD_BINARY (image, any kind), or NULL */
	char *relevant, *constraint, *calculate, *required_expr, *readonly_expr, *count_expr; /* expressions as written, or NULL */
	char *constraint_msg[2], *required_msg[2]; /* the form's own words, or NULL */
	enum form_control control;
	char *appearance;    /* of the control or group, or NULL */
	char *range[3];      /* start, end, step of CONTROL_RANGE */
	char *initial;       /* default value as typed, or NULL */
	char *preload, *preload_params; /* jr:preload, or NULL */
	unsigned instances;  /* of a repeat, in a new form */
	char *label[2];      /* never NULL */
	char *hint[2];       /* or NULL */
	struct choice *choices; /* all that could be offered; a filter chooses among them (forms/engine.h) */
	size_t nchoices;
	int shared;          /* choices belong to a list that fields share */
	int dynamic;         /* choices come from outside or from answers: only a run knows them, nchoices is 0 */
	unsigned *by_value;  /* of a long list: choices in the order of their values */
	struct form_field *child; /* of groups and repeats, in the form's order */
	size_t nchild;
};

enum indicator_kind { INDICATOR_COUNT, INDICATOR_SUM, INDICATOR_MEAN, INDICATOR_SHARE, INDICATOR_RATIO, INDICATOR_DIFFERENCE, INDICATOR_GROWTH, INDICATOR_LEDGER };

/** One condition on a subject's present state: the public field at ${path} (select1, select, int or string, outside repeats) has one of the values (a select: holds one). */
struct form_condition {
	char *path;
	char **value;        /* of a select: names of its choices */
	size_t nvalues;
};

/** A figure of the row that share and ratio are made of. */
struct form_operand {
	enum operand_what {
		OPERAND_NONE,      /* of kinds that have no operands */
		OPERAND_INDICATOR, /* another count, sum or mean of this form */
		OPERAND_SUBJECTS, OPERAND_DONE, OPERAND_PLANNED, /* the row's own figures */
		OPERAND_PLACES     /* how many places of that class lie in the row's place */
	} what;
	size_t indicator;    /* its index in form.indicators */
	char *places;        /* the class, or NULL */
};

/**
 * What reports show of a row's subjects, from the present state of each
 * (docs/forms.md, "Indicators"):
 * count: subjects whose field is answered; distinct: how many different values it has.
 * sum, mean: of a number.
 * share: 100 * numerator / denominator, in percent.  ratio: numerator / denominator.
 * difference: the mean where ${group} is ${group_value[0]} minus the mean where it is ${group_value[1]}.
 * growth: the field summed by year, and from the first year with a sum to the last:
 * 100 * ((last / first) ^ (1 / (years between)) - 1), in percent.
 * ledger: subjects whose account is a question: the numbers ${plus} less the numbers ${minus} went below nought, or are not the number ${rest}.
 * Nothing (null) where a denominator, a group or a year is missing.
 */
struct form_indicator {
	char *kind;          /* "count" "sum" "mean" "share" "ratio" "difference" "growth" "ledger" */
	char *name;
	char *path;          /* of the field; of share and ratio the numerator's, "" when that is no indicator; of ledger the first of ${plus} */
	char *label[2];
	enum indicator_kind is;
	int distinct;        /* of a count; only then may the field stand in repeats */
	int done;            /* only subjects at the final stage or behind it */
	struct form_condition *where; /* all must hold of a subject that is looked at; of share and ratio none: their operands have their own */
	size_t nwhere;
	struct form_operand numerator, denominator;
	char *group, *group_value[2]; /* of difference: path of a public select1 and two of its values; else NULL */
	char **plus, **minus; /* of ledger: paths of public numbers outside repeats, ${plus} at least one */
	size_t nplus, nminus;
	char *rest;          /* of ledger: path of the number that should remain, or NULL */
	char *period;        /* of growth: path of a public int (the year) or date outside repeats; NULL: the date observed */
};

/** A file that an office published beside the form; its SHA-256 stands in the form (docs/format.md commits entries to the form, the form to the file). */
struct form_media {
	char name[FORM_MEDIA_NAME_MAX + 1]; /* "prices.csv", "wards.xml" */
	uint8_t hash[32];
};

struct form {
	char *id;            /* the instance's id attribute */
	char *version;
	uint8_t hash[32];    /* not computed here: the caller fills it in (forms does not link crypto) */
	char *title[2];
	char *subject;       /* path of the string that names the subject (tally:subject on the bind), or NULL */
	char *stage;         /* path of the stage field (tally:stage), or NULL */
	char *final_stage;   /* the stage's value that means done (tally:final), or NULL */
	struct form_indicator *indicators; /* tally:indicator in the head */
	size_t nindicators;
	struct form_media *media; /* tally:media in the head */
	size_t nmedia;
	struct form_field root; /* FIELD_GROUP; its children are the form's fields */
	struct form_logic *logic; /* compiled expressions and lists (forms/logic.h) */
};

/**
 * form_parse(xml, n, e):
 * Read an XForm.  Unknown constructs that would change what is stored are
 * refused by name, never ignored silently.  The form (release with
 * form_free), or NULL with the element and the rule.
 */
struct form *form_parse(const void *xml, size_t n, struct err *e);

/** form_free(f): NULL is allowed. */
void form_free(struct form *f);

/** form_field(f, path): the field with that path, or NULL. */
const struct form_field *form_field(const struct form *f, const char *path);

/** form_indicator_unit(f, ind): the unit of its value: "fen", "m2" and so on, "percent" (share, growth), "" for a number without one. */
const char *form_indicator_unit(const struct form *f, const struct form_indicator *ind);

/** form_done(f, stage): 1 when ${stage} is the form's final stage or stands after it in the form's order, else 0. */
int form_done(const struct form *f, const char *stage);

/** form_choice(field, value): the choice with that value, or NULL. */
const struct choice *form_choice(const struct form_field *field, const char *value);

/** One thing wrong with an answer: data, not a log line. */
struct form_finding {
	char path[128];
	char rule[32];       /* "required", "type", "choice", "unknown-field", "range", "date", "subject" */
	char text[256];      /* English sentence that names field and rule, never the value (it may be personal) */
	char message[2][192]; /* the form's own words (jr:constraintMsg, jr:requiredMsg), "" where it has none */
};

struct form_findings {
	size_t n;
	struct form_finding *f; /* freed by form_findings_free */
};

/** form_findings_free(r): release the list and leave it empty.  NULL is allowed. */
void form_findings_free(struct form_findings *r);

/**
 * form_set(f, obj, path, text, out):
 * Put one answer as a person types it ("FIELD=VALUE") into the answers
 * ${obj}, converting by type: integers, decimals (normalised: no plus, no
 * leading zeros), each with the field's unit behind it if wanted; money
 * fields with unit "fen" are whole fen without a suffix and take
 * "123.45yuan", "123.45元" and "2万元" (also "分", "fen") too; several choices
 * separated by spaces; a geopoint with spaces or commas.  A repeat's field is
 * addressed as "repeat[0]/field"; the index of a new instance is the next
 * one.  Empty ${text} takes the answer away.
 * 0, or -1 with one finding added (${out} starts zeroed and may be NULL).
 */
int form_set(const struct form *f, cJSON *obj, const char *path, const char *text, struct form_findings *out);

/**
 * form_check(f, answers, out):
 * Judge a whole object of answers (public and personal fields together):
 * unknown fields, types, choices, dates, required ones, constraints,
 * relevance, calculated values, and that the subject is an identifier of 1 to
 * 64 of A-Z a-z 0-9 . _ - and no identity number.  Without clock and outside
 * lists; form_check_in() of forms/engine.h takes them, and says the rules.
 * 0 when nothing was found, 1 when ${out} lists findings (at most
 * FORM_FINDINGS_MAX; ${out} starts zeroed), -1 if out of memory.
 */
int form_check(const struct form *f, const cJSON *answers, struct form_findings *out);

/**
 * form_split(f, answers, payload, personal):
 * Append the answers as two compact JSON objects in the form's field order
 * (docs/format.md, "Payload"): public ones to ${payload} ("{}" at the
 * least), personal ones to ${personal} mirroring the paths (nothing when
 * there is none); empty answers are absent; a FIELD_GEOPOINT goes exact into
 * the personal part and rounded to 0.01 degrees ("LAT LON") into the payload
 * (not there if it is marked personal).  A repeat with both kinds has as many
 * objects in each array, empty ones where needed.  "meta" is kept last.
 * 0, or -1 if a buffer failed or an answer is unknown or of another type than
 * its field (form_check() names it).
 */
int form_split(const struct form *f, const cJSON *answers, struct buf *payload, struct buf *personal);

/**
 * form_join(payload, personal):
 * The inverse of form_split(): one object of answers, exact positions in
 * place of rounded ones; ${personal} may be NULL (withheld or erased).
 * Release with cJSON_Delete(); NULL if out of memory.
 */
cJSON *form_join(const cJSON *payload, const cJSON *personal);

#endif
