/* Clean-up by scope: `CLEANUP(close_fd) int fd = open(…);` releases what the
 * variable holds when it goes out of scope, on every path. */
#ifndef EASELFS_BASE_CLEANUP_H
#define EASELFS_BASE_CLEANUP_H

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(name) __attribute__((cleanup(cleanup_##name)))

/* For any pointer from malloc; the variable may hold NULL. */
static inline void cleanup_free_ptr(void *variable)
{
	free(*(void **)variable);
}

/* A negative descriptor is left alone. */
static inline void cleanup_close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* `CLEANUP(unlock) pthread_mutex_t *held = lock(&mutex);` */
static inline pthread_mutex_t *cleanup_lock(pthread_mutex_t *mutex)
{
	pthread_mutex_lock(mutex);
	return mutex;
}

static inline void cleanup_unlock(pthread_mutex_t **mutex)
{
	if (*mutex)
		pthread_mutex_unlock(*mutex);
}

#define SCOPED_LOCK(mutex)                                                                         \
	CLEANUP(unlock)                                                                            \
	__attribute__((unused)) pthread_mutex_t *scoped_lock_held = cleanup_lock(mutex)

#endif
