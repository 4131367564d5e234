#ifndef COUNTY_REPORT_UNION_H
#define COUNTY_REPORT_UNION_H

#include "base/err.h"
#include "county/office.h"
#include "county/report/report.h"

/**
 * A report over several logs: the server's own and those of the counties that
 * mirror to it, each folded by itself, rows of one form and key added up.
 * Stages, indicators and targets are those of the version that knows most
 * indicators, and stages of other versions beside them; an indicator that a
 * county's version does not know counts nothing there.
 */
struct report_union {
	struct fold **fold;        /* one a log */
	struct report *part;
	size_t n, room;
	struct union_form { struct fold_form f; struct fold_choice *stage; } **form; /* by id, in the order they first came */
	size_t nforms;
	struct fold_map *rows;
	int blind;                 /* personal parts of some log are not held here */
	struct report all;         /* what comes out */
};

/** union_office(u, o, p, by, all_forms, only, of, e): fold the server's own log and every accepted county's (with ${of}: the copy of that origin alone), and add up; names of places are the server's own.  ${p}->form may be known to some of the logs only.  0 (release with union_free) or -1 (released). */
int union_office(struct report_union *u, const struct office *o, const struct fold_params *p, enum report_by by, int all_forms, const struct report_only *only,
    const char *of, struct err *e);

/** union_add_up(u): make u->all of the folds and their rows.  0, or -1 if out of memory. */
int union_add_up(struct report_union *u);

/** union_free(u): harmless on a zeroed one. */
void union_free(struct report_union *u);

#endif
