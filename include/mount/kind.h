/* Inode numbers. One is a row id and a kind (`id << 8 | kind`), so there is no
 * inode table and nothing to forget; what has no row has id 0. Any thread. */
#ifndef EASELFS_MOUNT_KIND_H
#define EASELFS_MOUNT_KIND_H

#include <stdint.h>

enum kind {
	KIND_NONE,
	/* id 0 */
	KIND_ROOT,
	KIND_README,
	KIND_STATUS_PAGE,
	KIND_GALLERY,
	KIND_EVENTS,
	KIND_ROOT_CTL,
	KIND_SPEND,
	KIND_PROVIDERS,
	/* id of a provider: its place among the profiles, from 1 */
	KIND_PROVIDER,
	KIND_PROVIDER_STATUS,
	KIND_PROVIDER_MODELS,
	KIND_PROVIDER_PARAMS,
	KIND_PROVIDER_PRICE,
	KIND_PROVIDER_INI,
	/* id of a folder */
	KIND_REQUEST_FOLDER,
	KIND_JOB_FOLDER,
	KIND_IMAGE_FOLDER,
	/* id of a file */
	KIND_FILE,
	/* id of a job */
	KIND_JOB,
	KIND_JOB_STATUS,
	KIND_JOB_PROGRESS,
	KIND_JOB_ERROR,
	KIND_JOB_PROMPT,
	KIND_JOB_PROVIDER,
	KIND_JOB_MODEL,
	KIND_JOB_SEED,
	KIND_JOB_COST,
	KIND_JOB_ID,
	KIND_JOB_CREATED,
	KIND_JOB_FINISHED,
	KIND_JOB_PARAMS,
	KIND_JOB_REQUEST,
	KIND_JOB_RESPONSE,
	KIND_JOB_JSON,
	KIND_JOB_LOG,
	KIND_JOB_IMAGES,
	KIND_JOB_RUNS,
	KIND_JOB_CTL,
	KIND_JOB_WAIT,
	/* id of a run; in the order of the job's */
	KIND_RUN,
	KIND_RUN_STATUS,
	KIND_RUN_PROGRESS,
	KIND_RUN_ERROR,
	KIND_RUN_PROMPT,
	KIND_RUN_PROVIDER,
	KIND_RUN_MODEL,
	KIND_RUN_SEED,
	KIND_RUN_COST,
	KIND_RUN_ID,
	KIND_RUN_CREATED,
	KIND_RUN_FINISHED,
	KIND_RUN_PARAMS,
	KIND_RUN_REQUEST,
	KIND_RUN_RESPONSE,
	KIND_RUN_JSON,
	KIND_RUN_LOG,
	KIND_RUN_IMAGES,
	/* id of an image */
	KIND_JOB_LINK,
	KIND_RUN_LINK,
	KIND_IMAGE,
	KINDS
};

static inline uint64_t inode_of(enum kind kind, int64_t id)
{
	return (uint64_t)id << 8 | (uint64_t)kind;
}

static inline enum kind inode_kind(uint64_t ino)
{
	return (ino & 0xff) < KINDS ? (enum kind)(ino & 0xff) : KIND_NONE;
}

static inline int64_t inode_id(uint64_t ino)
{
	return (int64_t)(ino >> 8);
}

/* The kind of the job's file that is like this file of a run; others stay. */
static inline enum kind kind_of_job(enum kind kind)
{
	if (kind >= KIND_RUN && kind <= KIND_RUN_IMAGES)
		return (enum kind)(kind - KIND_RUN + KIND_JOB);
	return kind;
}

/* How the bytes of a kind come about. */
enum content {
	CONTENT_NONE,    /* folders, links */
	CONTENT_FILE,    /* a file below requests/ */
	CONTENT_TEXT,    /* rendered when opened */
	CONTENT_HISTORY, /* append-only */
	CONTENT_WAIT,    /* answers when the job rests */
	CONTENT_CTL,     /* takes commands */
	CONTENT_IMAGE
};
enum content kind_content(enum kind kind);

#endif
