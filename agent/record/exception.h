#ifndef AGENT_EXCEPTION_H
#define AGENT_EXCEPTION_H

#include "base/json.h"
#include "forms/form.h"

/** What is different for one person of a class. */
enum exception { EXCEPTION_NONE, EXCEPTION_ABSENT, EXCEPTION_WRONG };

/**
 * exception_take(f, text, over, wrong):
 * Read a line "days=10, 培训补助=500" or "absent" ("缺席"): a field by its name,
 * its path or its label in either language, a choice by its value or label;
 * several answers separated by commas or semicolons, half or full width.  Each
 * answer as typed goes into the object ${over} under its path.
 * EXCEPTION_NONE (also for an empty line), EXCEPTION_ABSENT, or
 * EXCEPTION_WRONG with the part that is not understood in ${wrong}.
 */
enum exception exception_take(const struct form *f, const char *text, cJSON *over, char wrong[128]);

#endif
