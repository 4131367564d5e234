#ifndef FORMS_PRINT_H
#define FORMS_PRINT_H

#include "base/buf.h"
#include "base/json.h"

/**
 * print_json(b, v):
 * Append ${v} as compact JSON: text raw but for '"', '\' and control
 * characters, numbers as whole numbers.  0, or -1 if the buffer failed or a
 * value is neither object, array, string nor a whole number.
 */
int print_json(struct buf *b, const cJSON *v);

#endif
