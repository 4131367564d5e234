#include "audit/cmd.h"

static const struct opt VERIFY[] = {
	{ "policy", "FILE", "your own policy: the log's key and the witnesses you trust", 0 },
	{ "since", "NOTE", "a checkpoint that you kept: the log must contain its history", 0 },
	{ "village", "DIR", "a village's half to lay beside", 1 },
	{ "slips", "FILE", "slips collected in villages", 0 },
	{ "inventory", "FILE", "the devices that should be there: DEVICE in the first column", 0 },
	{ "window", "DAYS", "tell entries whose time is known less closely", 0 },
	{ "root", "HASH", "SHA-256 of the county's root key, as you know it", 0 },
	{ NULL, NULL, NULL, 0 },
};

static const struct opt INSPECT[] = {
	{ "statement", NULL, "one page without cryptographic words, in Chinese and English", 0 },
	{ "policy", "FILE", "your own policy", 0 },
	{ "village", "DIR", "a village's half, for its receipts", 1 },
	{ NULL, NULL, NULL, 0 },
};

static const struct opt SAMPLE[] = {
	{ "size", "N", "how many", 0 },
	{ "seed", "TEXT", "the seed, beside the log's root", 0 },
	{ "form", "F", "of this form alone", 0 },
	{ "strata", "township|form", "draw in each", 0 },
	{ "by-amount", NULL, "large amounts more often", 0 },
	{ "results", "FILE", "what was found there: the estimate with its interval", 0 },
	{ NULL, NULL, NULL, 0 },
};

static const struct opt REPORT[] = {
	{ "o", "FILE", "the page to write", 0 },
	{ NULL, NULL, NULL, 0 },
};

static const struct opt PROOF[] = {
	{ "entry", "HEADER", "the entry: its header, an empty line, its signature lines", 0 },
	{ "policy", "FILE", "your policy: the log's key and the witnesses", 0 },
	{ "received", "MS", "when the county received it, where the proof does not carry its leaf", 0 },
	{ NULL, NULL, NULL, 0 },
};

static const struct cmd COMMANDS[] = {
	{ "verify", "DIR", "check an export from the bytes up, both halves laid together", VERIFY, 1, 1, cmd_verify },
	{ "inspect", "DIR ENTRY", "one entry with its proofs and its time bounds", INSPECT, 2, 2, cmd_inspect },
	{ "sample", "DIR", "draw a sample that anyone can draw again", SAMPLE, 0, 1, NULL },
	{ "report", "DIR", "the verdict as a page for people", REPORT, 1, 1, NULL },
	{ "proof", "FILE", "check one receipt (tlog-proof) alone", PROOF, 1, 1, cmd_proof },
	{ NULL, NULL, NULL, NULL, 0, 0, NULL },
};

static const struct program PROGRAM = { "tally-audit", "verify what villages recorded and the county received, trusting neither", COMMANDS };

int
main(int argc, char **argv)
{
	return opt_main(&PROGRAM, argc, argv);
}
