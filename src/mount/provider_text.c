/* One line a fact, so that grep and cut can read them. */
#include "mount/provider_text.h"

#include <errno.h>

#include "engine/rulebook.h"

const struct profile *provider_of(const struct mount *mount, int64_t id)
{
	const struct profile_set *set = &rulebook_current(mount->rulebook)->profiles;

	return id >= 1 && (uint64_t)id <= set->count ? set->profiles[id - 1] : NULL;
}

static void add_accept(const struct profile *profile, enum param param, struct strbuf *text)
{
	const struct accept *accept = &profile->accepts[param];

	switch (accept->kind) {
	case ACCEPT_NOTHING:
		return;
	case ACCEPT_ANY:
		strbuf_addf(text, "%s\t%s\n", param_name(param), param_allowed(param));
		return;
	case ACCEPT_RANGE:
		strbuf_addf(text, "%s\t%lld..%lld", param_name(param), (long long)accept->from,
			    (long long)accept->to);
		if (accept->step > 1)
			strbuf_addf(text, " step %lld", (long long)accept->step);
		break;
	case ACCEPT_WORDS:
		strbuf_addf(text, "%s\t", param_name(param));
		for (size_t i = 0; accept->words[i]; i++)
			strbuf_addf(text, "%s%s", i ? " " : "", accept->words[i]);
		break;
	}
	strbuf_add_char(text, '\n');
}

int provider_text(const struct profile *profile, enum kind kind, struct strbuf *text)
{
	switch (kind) {
	case KIND_PROVIDER_STATUS:
		strbuf_add_text(text, "ready\n");
		break;
	case KIND_PROVIDER_MODELS:
		for (size_t i = 0; i < profile->model_count; i++)
			strbuf_addf(text, "%s\t%s\n", profile->models[i].name,
				    profile->models[i].id);
		break;
	case KIND_PROVIDER_PARAMS:
		for (enum param param = 0; param < PARAMS; param++)
			add_accept(profile, param, text);
		break;
	case KIND_PROVIDER_PRICE:
		strbuf_add_text(text, "0\n"); /* a program of this machine */
		break;
	case KIND_PROVIDER_INI:
		strbuf_add_text(text, profile->source);
		break;
	default:
		return -ENOENT;
	}
	return strbuf_failed(text) ? -ENOMEM : 0;
}
