#ifndef TESTS_LIB_FAULTVFS_H
#define TESTS_LIB_FAULTVFS_H

/**
 * A file layer for SQLite that fails on demand and remembers what a power cut
 * would leave.  Between a write and a successful sync of its file the bytes
 * are in memory only; a sync that fails drops them for good, though they can
 * still be read and a later sync succeeds: as Linux does it.
 */

/** faultvfs_install(): wrap the default layer and become the default.  0 or -1. */
int faultvfs_install(void);

#define FAULT_WRITE 1U
#define FAULT_SYNC 2U
#define FAULT_READ 4U
#define FAULT_OPEN 8U
#define FAULT_TRUNCATE 16U
#define FAULT_ALL 31U

/** faultvfs_arm(ops, nth, forever, code): from now on the ${nth} (from 1) of these operations answers ${code}, and every later one too when ${forever}. */
void faultvfs_arm(unsigned ops, unsigned nth, int forever, int code);

/** faultvfs_disarm(): no more failures.  How many there were since it was armed. */
unsigned faultvfs_disarm(void);

/** faultvfs_cut(): every file of this layer becomes what was synced; those never synced vanish.  Only while no database is open (close it with everything failing). */
void faultvfs_cut(void);

/** faultvfs_forget(): release what is remembered. */
void faultvfs_forget(void);

#endif
