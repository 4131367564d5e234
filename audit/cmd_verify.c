#include <stdio.h>
#include <unistd.h>

#include "audit/cmd.h"
#include "audit/report.h"
#include "crypto/sign.h"

static void
progress(void *arg, uint64_t done, uint64_t of)
{
	fprintf(arg, "\r%llu of about %llu entries ", (unsigned long long)done, (unsigned long long)of);
	(void)fflush(arg);
}

int
cmd_verify(const struct args *a)
{
	static const int status[] = { [VERDICT_OK] = EXIT_YES, [VERDICT_FINDINGS] = EXIT_NO, [VERDICT_UNUSABLE] = EXIT_USAGE };
	struct brought b;
	struct audit out;
	struct err e;
	int ret;

	if (opt_get(a, "slips") != NULL) {
		err_set(&e, "--slips: not built yet");
		return opt_fail(&e);
	}
	if (crypto_init(&e) != 0)
		return opt_fail(&e);
	if ((ret = cmd_bring(&b, a, &e)) == 0) {
		if (isatty(fileno(a->io->err))) {
			b.o.progress = progress;
			b.o.progress_arg = a->io->err;
		}
		ret = audit_run(&b.o, &out, &e);
	}
	if (b.o.progress != NULL)
		fputs("\r\033[K", a->io->err);
	if (ret != 0) {
		ret = opt_fail(&e);
	} else {
		if (a->json)
			report_json(a->io->out, &out);
		else
			report_text(a->io->out, &out);
		ret = status[out.verdict];
		audit_free(&out);
	}
	cmd_release(&b);
	return ret;
}
