#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_INFO = 6, LOG_DEBUG = 7 };

/** log_level_set(l): show messages up to ${l} (default LOG_INFO). */
void log_level_set(enum log_level l);

/** log_msg(l, fmt, ...): one line on stderr, with systemd's "<N>" prefix when stderr is the journal.  Never personal data. */
void log_msg(enum log_level l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
