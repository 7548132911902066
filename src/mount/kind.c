/* The one table of what kinds of inodes hold. */
#include "mount/kind.h"

enum content kind_content(enum kind kind)
{
	kind = kind_of_job(kind);
	switch (kind) {
	case KIND_FILE:
		return CONTENT_FILE;
	case KIND_IMAGE:
		return CONTENT_IMAGE;
	case KIND_EVENTS:
	case KIND_JOB_LOG:
		return CONTENT_HISTORY;
	case KIND_JOB_WAIT:
		return CONTENT_WAIT;
	case KIND_ROOT_CTL:
	case KIND_JOB_CTL:
		return CONTENT_CTL;
	case KIND_README:
	case KIND_STATUS_PAGE:
	case KIND_GALLERY:
	case KIND_SPEND:
	case KIND_PROVIDER_STATUS:
	case KIND_PROVIDER_MODELS:
	case KIND_PROVIDER_PARAMS:
	case KIND_PROVIDER_PRICE:
	case KIND_PROVIDER_INI:
		return CONTENT_TEXT;
	default:
		return kind >= KIND_JOB_STATUS && kind <= KIND_JOB_JSON ? CONTENT_TEXT
									: CONTENT_NONE;
	}
}
