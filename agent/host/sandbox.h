#ifndef AGENT_HOST_SANDBOX_H
#define AGENT_HOST_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SANDBOX_PATHS_MAX 16
#define SANDBOX_PORTS_MAX 4

/** What the running agent may still do, once everything it needs is open. */
struct sandbox {
	const char *write[SANDBOX_PATHS_MAX]; /* folders to read and change; the data folder first; ends with NULL */
	const char *read[SANDBOX_PATHS_MAX];  /* files and folders to read beside the system's own; ends with NULL */
	uint16_t port[SANDBOX_PORTS_MAX];     /* TCP ports it may still listen on; 0 ends them */
	int any_port;                         /* listening on whichever port is free was asked for */
};

/**
 * sandbox_files(s, e):
 * From here on this thread and every thread it makes reach only these files
 * (Landlock), listen only on these ports, and gain no privileges; no core
 * dumps.  To be called before threads are made.  0; 1 when the kernel has no
 * Landlock (said in sandbox_text()); -1 when a folder that is named cannot be
 * opened or the kernel refuses.
 */
int sandbox_files(const struct sandbox *s, struct err *e);

/**
 * sandbox_calls(e):
 * All threads of the process are held to the system calls that the agent makes
 * (seccomp, by libseccomp): another one fails with EPERM, starting a program
 * or tracing one ends the process.  0; 1 when the kernel or this build has
 * none; -1 on failure.
 */
int sandbox_calls(struct err *e);

/** sandbox_text(): what is in force, for status: "landlock 7, seccomp", "landlock none, seccomp"; "off" before and without. Static. */
const char *sandbox_text(void);

#endif
