#ifndef AGENT_PIN_INPUT_H
#define AGENT_PIN_INPUT_H

#include "base/buf.h"
#include "base/opt.h"

/** Where a command's PINs come from: the terminal, or lines that were given (--pin-file). */
#define PIN_LINE 128

struct pin_input {
	const struct args *a;
	struct buf file;
	size_t at;
	int from_file;
};

/** pin_input_open(p, a, e): as the command's --pin-file says; lets go of the agent while "-" is read.  0, then pin_input_close(); or -1. */
int pin_input_open(struct pin_input *p, const struct args *a, struct err *e);
void pin_input_close(struct pin_input *p);

/** pin_input_next(p, prompt, twice, out, e): the next PIN: the file's next line, or as it is typed, a new one ${twice}; the caller wipes it.  Lets go of the agent meanwhile.  0 or -1. */
int pin_input_next(struct pin_input *p, const char *prompt, int twice, char out[PIN_LINE], struct err *e);

#endif
