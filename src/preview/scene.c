/* Hides which kind of picture is painted for which subject: a table. */
#include "preview/scene.h"

void scene_paint(struct stage *stage)
{
	static void (*const paint[SUBJECTS])(struct stage *) = {
		[SUBJECT_SEA] = scene_sea_paint,       [SUBJECT_LAND] = scene_land_paint,
		[SUBJECT_CITY] = scene_city_paint,     [SUBJECT_STILL] = scene_still_paint,
		[SUBJECT_ANIMAL] = scene_animal_paint, [SUBJECT_PATTERN] = scene_pattern_paint,
		[SUBJECT_SPACE] = scene_space_paint,
	};

	cairo_save(stage->cr);
	paint[stage->idea->subject](stage);
	cairo_restore(stage->cr);
}
