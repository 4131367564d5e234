#ifndef AGENT_HOST_SANDBOX_STATE_H
#define AGENT_HOST_SANDBOX_STATE_H

/* What is in force, shared by the two halves of the sandbox. */
struct sandbox_state {
	int tried;
	int landlock; /* version, 0: none */
	int seccomp;
};

extern struct sandbox_state sandbox_state;

#endif
