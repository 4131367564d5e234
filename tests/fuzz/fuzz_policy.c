/* A policy: the text up to the first NUL; what follows is a note to judge by it. */
#include <string.h>

#include "evidence/policy.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *nul = n ? memchr(p, '\0', n) : NULL;
	size_t len = nul ? (size_t)(nul - p) : n, logs, witnesses;
	struct policy *policy;
	struct note note;
	uint64_t time;

	(void)fuzz_signer("log");
	policy = policy_parse(p, len, NULL);
	if (!policy)
		return 0;
	(void)policy_logs(policy, &logs);
	(void)policy_witnesses(policy, &witnesses);
	fuzz_must(logs <= POLICY_LOGS_MAX && witnesses <= POLICY_WITNESSES_MAX);
	(void)policy_quorum_none(policy);
	if (nul && note_parse(&note, nul + 1, n - len - 1, NULL) == 0)
		(void)policy_judge(policy, &note, &time, NULL);
	policy_free(policy);
	return 0;
}
