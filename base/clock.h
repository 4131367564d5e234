#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/**
 * Every look at time goes through here, so that tests can put another clock
 * under the whole program: TALLY_CLOCK=FILE names a file with the lines
 * "wall MS", "mono MS" and "boot HEX32", each optional, read at every call.
 */

/** clock_wall(): milliseconds since 1970 UTC as the system clock stands, never corrected. */
int64_t clock_wall(void);

/** clock_mono(): milliseconds of CLOCK_BOOTTIME. */
int64_t clock_mono(void);

/** clock_boot(out): the kernel's boot id, 16 bytes.  0, or -1 when it cannot be read (then ${out} is zero). */
int clock_boot(uint8_t out[16]);

/** clock_date(ms, out): ${ms} as YYYY-MM-DD in Asia/Shanghai (UTC+8, no daylight saving). */
void clock_date(int64_t ms, char out[16]);

/** clock_datetime(ms, out): ${ms} as "YYYY-MM-DD HH:MM:SS" in Asia/Shanghai. */
void clock_datetime(int64_t ms, char out[32]);

#endif
