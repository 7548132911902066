/* Connections that wait: parked, so that no thread waits with them. */
#ifndef EASELFS_SIMULATOR_ALARM_H
#define EASELFS_SIMULATOR_ALARM_H

#include <stdbool.h>
#include <stdint.h>

struct MHD_Connection;
struct alarm;

/* Starts its thread. NULL: out of memory or threads. */
struct alarm *alarm_start(void);
/* Wakes all; from then on nothing is parked. Call it before daemons are stopped. */
void alarm_stop(struct alarm *alarm);
/* NULL is a no-op. Stops it first. */
void alarm_free(struct alarm *alarm);

/* Suspends the connection, in one of its handlers, and resumes it at `at_ms` (steady clock)
 * or when alarm_wake_all() is called. false: it is not parked, go on at once. Any thread. */
bool alarm_park(struct alarm *alarm, struct MHD_Connection *connection, int64_t at_ms);
void alarm_wake_all(struct alarm *alarm);

#endif
