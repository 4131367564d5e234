#ifndef FORMS_SUBMISSION_H
#define FORMS_SUBMISSION_H

#include "forms/form.h"

/**
 * A filled-in form as ODK Collect and its like send it: the instance as XML.
 * Read in two steps, because the form must be found first.  As strict as
 * forms/xml.h: no DOCTYPE, no entities, no network, bounded in bytes, depth
 * and nodes.
 */

#define SUBMISSION_BYTES_MAX (1U << 20) /* an entry takes 80 KiB of answers */
#define SUBMISSION_NODES_MAX 50000U     /* elements */
#define SUBMISSION_FILES_MAX 64U
#define SUBMISSION_FILE_MAX 255U        /* bytes of a file's name */
#define SUBMISSION_ID_MAX 63U           /* bytes of an instanceID with its scheme */

/** A file that an answer names; its bytes come beside the XML. */
struct submission_file {
	char *path;        /* of the answer, as form_set() takes it ("rep[0]/photo") */
	char *name;        /* as written in the XML: a name without folders, never a path to be opened */
};

struct submission {
	char *form;        /* the root's id attribute */
	char *version;     /* the root's version attribute */
	char *instance_id; /* meta/instanceID, "uuid:..." */
	char *deprecated_id; /* meta/deprecatedID: what it takes the place of; NULL when it is new */
	cJSON *answers;    /* as form_check_in() takes them, without the files; NULL before submission_answers() */
	struct submission_file *file;
	size_t nfiles;
	struct _xmlDoc *doc;
	size_t nodes;
};

/**
 * submission_open(xml, n, e):
 * What is it a filling-in of, and which one?  id, version and instanceID must
 * be there; an encrypted submission is refused by name.  Release with
 * submission_free(); NULL with the rule in ${e}, never an answer.
 */
struct submission *submission_open(const void *xml, size_t n, struct err *e);

/**
 * submission_answers(s, f, out):
 * The answers, converted by the types of ${f}, into s->answers and s->file.
 * Every element, attribute or text that the form does not have is a finding
 * ("unknown-field") with its name, and so is what does not fit its type, or
 * stands twice ("count").  Whether the answers are right is judged afterwards
 * (forms/engine.h).  Instances of repeats keep their places, empty ones too.
 * Once for each ${s}.  0; 1 when ${out} (starts zeroed) lists findings;
 * -1 if out of memory.
 */
int submission_answers(struct submission *s, const struct form *f, struct form_findings *out);

/** submission_free(s): NULL is allowed. */
void submission_free(struct submission *s);

#endif
