#ifndef COUNTY_DICT_SAMPLES_H
#define COUNTY_DICT_SAMPLES_H

#include "county/office.h"
#include "sync/dict.h"

/**
 * What a county's dictionary is trained on: the public sections of frames as
 * its devices would send them, and the bare shape of personal parts (names of
 * fields, from the published forms).  Nothing of any personal part is looked at.
 */
struct dict_samples {
	struct buf bytes;
	size_t *size;      /* of each */
	size_t n, room;
	size_t entries;    /* they were made from */
};

#define DICT_ENTRIES_MIN 100

#define DICT_SAMPLE_ENTRIES 20000 /* the newest ones serve */

/** dict_samples_take(s, o, e): from the newest entries of the log.  0 or -1; dict_samples_free() in both cases. */
int dict_samples_take(struct dict_samples *s, struct office *o, struct err *e);

/** dict_samples_free(s): release. */
void dict_samples_free(struct dict_samples *s);

#endif
