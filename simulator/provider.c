#include "simulator/provider.h"

#include <string.h>

const struct provider *const providers[PROVIDERS] = {
	&provider_scenario,
	&provider_pixeldojo,
	&provider_wavespeed,
	&provider_fal,
};

int provider_number(const char *name)
{
	for (int i = 0; i < PROVIDERS; i++) {
		if (strcmp(providers[i]->name, name) == 0)
			return i;
	}
	return -1;
}

const struct model *provider_model(const struct provider *provider, const char *id)
{
	for (size_t i = 0; i < provider->model_count; i++) {
		if (strcmp(provider->models[i].id, id) == 0)
			return &provider->models[i];
	}
	return NULL;
}
