#include "agent/openrosa/place.h"

#include <stdio.h>
#include <string.h>

#include "agent/record/places.h"
#include "agent/record/subject.h"

const char *
place_subject(const struct form *f, const cJSON *answers)
{
	const char *path = f->subject, *slash;
	char name[FORM_PATH_MAX + 1];

	while (path != NULL && (slash = strchr(path, '/')) != NULL) {
		(void)snprintf(name, sizeof(name), "%.*s", (int)(slash - path), path);
		answers = cJSON_GetObjectItemCaseSensitive(answers, name);
		path = slash + 1;
	}
	path = path != NULL ? json_string(answers, path) : NULL;
	return path != NULL ? path : "";
}

void
place_choose(struct agent *ag, const struct form *f, const char *subject, const char *bound, char out[PLACE_MAX + 1])
{
	char last[PLACE_MAX + 1] = "", own[PLACE_MAX + 1];
	struct subject s;

	if (*subject != '\0') {
		if (subject_load(ag, f, subject, &s) == 1 && s.has)
			(void)snprintf(last, sizeof(last), "%s", s.now.h.place);
		subject_free(&s);
	}
	places_for(ag, subject, last, out);
	if (*bound == '\0')
		return;
	places_for(ag, "", "", own);
	/* neither an entry nor the subject says where, or they say a place that is not this phone's */
	if (!place_inside(out, bound) || (last[0] == '\0' && strcmp(out, own) == 0 && strncmp(subject, own, strlen(own)) != 0))
		(void)snprintf(out, PLACE_MAX + 1, "%s", bound);
}
