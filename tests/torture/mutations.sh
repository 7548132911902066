#!/usr/bin/env bash
# The torture itself on trial: tests/torture/mutations.sh [NAME…]
#
# Without one safeguard at a time (on_trial.sh), torture.py runs until it finds what that is
# there to prevent. ROUNDS (default 1500) is how long it searches, SEED with what choices. That
# something was not synced is for power cuts to find: what is written survives a process.
# shellcheck disable=SC2317 # the mutations are called by name
. "$(dirname "$0")/on_trial.sh"

rounds=${ROUNDS:-1500}
seed=${SEED:-1}

table() {
	cat <<'TABLE'
no_fresh_connection    charged twice
intent_after_reply     charged twice
resend_after_crash     charged twice
resend_after_doubt     charged twice
id_saved_late          held without a fault inside submitting
nothing_reserved       spent over the limit
anything_is_a_picture  names without complete bytes
row_before_file        names without complete bytes
nothing_buried         removed but still there
neighbour_removed      paid but missing
id_recorded_late       held without a fault inside submitting
stop_does_not_wait     held without a fault inside submitting
id_unique_off          two calls of one id
half_a_prompt          other than was asked
fan_out_short          other than was asked
unchanged_is_sent      other than was asked
retry_frees_doubt      charged twice
not_given_back         counted otherwise
cost_dropped           counted otherwise
day_is_an_hour         counted otherwise
interrupted_is_sent    interrupted or not
TABLE
}

# libcurl may send a submission on a connection that was used before, and so twice.
no_fresh_connection() {
	replace src/io/http_transfer.c 'if (transfer->message.paid) {' 'if (0) {'
}

# The intent is recorded when the reply is there.
intent_after_reply() {
	replace src/engine/engine_couriers.c 'r = engine_tell(engine, call->id, &sent);' 'r = 0;' &&
		replace src/engine/engine_couriers.c 'r = engine_is_submitting(engine, call->id);' \
			'r = 1;' &&
		replace src/engine/engine_couriers.c \
			'if (news->cost_micro >= 0 && !news->unit)' \
			'struct call_news sent = CALL_NEWS(EVENT_SENT);
		if (courier->exchange == EXCHANGE_SUBMIT) engine_tell(courier->engine, courier->call, &sent);
		if (news->cost_micro >= 0 && !news->unit)'
}

# What got no answer, or none that can be read, is sent again.
resend_after_doubt() {
	replace src/job/errand_reply.c 'turn_hold(turn, HOLD_DOUBT);' \
		'turn_event(turn, EVENT_NOT_TAKEN);'
}

# The id is kept in memory until the first question about it was answered.
id_saved_late() {
	replace src/engine/engine_couriers.c \
		'if (news->cost_micro >= 0 && !news->unit)' \
		'if (news->remote_id && courier->exchange == EXCHANGE_SUBMIT && !courier->errand.over) {
			const char *urls[] = { news->poll_url, news->result_url, news->cancel_url };
			strncpy(courier->remote_id, news->remote_id, sizeof(courier->remote_id) - 1);
			for (int i = 0; i < 3; i++) {
				free(courier->texts[i]);
				courier->texts[i] = strdup(urls[i] ? urls[i] : "");
			}
			outcome_done(&courier->outcome);
			courier->outcome = (struct outcome){ .progress = -1 };
			courier_wake(courier, courier->errand.at_ms);
			return;
		}
		if (*courier->remote_id && courier->exchange != EXCHANGE_SUBMIT) {
			struct call_news late = CALL_NEWS(EVENT_ACCEPTED);
			late.remote_id = courier->remote_id;
			late.poll_url = courier->texts[0];
			late.result_url = courier->texts[1];
			late.cancel_url = courier->texts[2];
			engine_tell(courier->engine, courier->call, &late);
		}
		if (news->cost_micro >= 0 && !news->unit)'
}

# What a call may cost counts only when it is done.
nothing_reserved() {
	replace src/engine/catalog_money.c \
		'call->spent_micro = spent.cost_micro = cost.micro > 0 ? cost.micro : 0;' \
		'call->spent_micro = spent.cost_micro = 0;'
}

# Bytes are not looked at.
anything_is_a_picture() {
	replace src/io/blobs.c \
		'r = picture_check((const uint8_t *)bytes, size, &blob.picture, reterr_diag);' \
		'r = picture_check((const uint8_t *)bytes, size, &blob.picture, reterr_diag);
		if (r < 0) { blob.picture.type = PICTURE_PNG; r = 0; }'
}

# The picture is recorded, and moved to its place a moment later.
row_before_file() {
	replace src/io/blobs.c 'r = move_to_place(day_fd, from, name, blob);' \
		'r = make_place(name, 1, blob->place, sizeof(blob->place));
		if (r == 0) { static char late_from[4096], late_to[4096]; static int late_fd = -1;
			if (late_fd >= 0) { move_new(late_from, late_fd, late_to); close(late_fd); }
			snprintf(late_from, sizeof(late_from), "%s", from);
			snprintf(late_to, sizeof(late_to), "%s", blob->place + DAY_BYTES + 1);
			late_fd = dup(day_fd); }'
}

# What was removed when the daemon died stays on the disk.
nothing_buried() {
	replace src/app/daemon.c 'if (r == 0 && catalog_bury(mount->catalog, mount->blobs) < 0)' \
		'if (0)'
}

# A picture goes with the one that was removed.
neighbour_removed() {
	replace src/engine/catalog_sorting.c 'r = remove_image(tx, &image);
	return r < 0 ? r : store_folder_touch(tx->db, place->folder, tx->now_ns);' \
		'r = remove_image(tx, &image);
	if (r == 0 && store_image_get(tx->db, image.id - 1, &image) == 0 && image.folder)
		r = remove_image(tx, &image);
	return r < 0 ? r : store_folder_touch(tx->db, place->folder, tx->now_ns);'
}

# The id is recorded a while after the reply.
id_recorded_late() {
	replace src/engine/engine_couriers.c '	FAILPOINT(news->remote_id ? "id-before" : "news-before");' \
		'	if (news->remote_id && courier->exchange == EXCHANGE_SUBMIT && !courier->unrecorded) {
		courier->unrecorded = true;
		courier_wake(courier, now_ms + 300);
		return;
	}
	FAILPOINT(news->remote_id ? "id-before" : "news-before");'
}

# Who is told to stop does not hear what a provider answers.
stop_does_not_wait() {
	replace src/engine/engine.c '	await_answers(engine);' '	(void)await_answers;'
}

# Two calls follow one job.
id_unique_off() {
	replace src/engine/catalog_calls.c \
		'return r == -ENOENT ? 0 : r < 0 ? r : other.id != call->id;' \
		'return r == -ENOENT || r == 0 ? 0 : r;' &&
		replace src/io/store_schema.c 'CREATE UNIQUE INDEX call_by_remote_id' \
			'CREATE INDEX call_by_remote_id'
}

# The end of a prompt is not sent.
half_a_prompt() {
	replace src/engine/catalog_runs.c '		.size[RUN_PROMPT] = prompt->size,' \
		'		.size[RUN_PROMPT] = prompt->size > 30 ? prompt->size - 8 : prompt->size,'
}

# Of several calls only the first is made.
fan_out_short() {
	replace src/engine/catalog_runs.c 'while (asked < count && r == 0) {' \
		'while (asked < count && r == 0 && call.number < 1) {'
}

# What is saved again is sent again.
unchanged_is_sent() {
	replace src/engine/catalog_runs.c '	return !memcmp(newest.content' \
		'	return 0 && !memcmp(newest.content'
}

# `retry` sends what is in doubt.
retry_frees_doubt() {
	replace src/engine/catalog_commands.c '		if (call->hold == HOLD_DOUBT)
			return RETRY_NOTHING;
' ''
}

# Money of an attempt that was not taken stays counted.
not_given_back() {
	replace src/engine/catalog_calls.c '		r = tx_spend(tx, call, 0);
	} else' '	} else'
}

# What the provider says it took is not heard.
cost_dropped() {
	replace src/engine/catalog_calls.c '} else if (news->cost_micro >= 0) {' '} else if (0) {' &&
		replace src/engine/catalog_calls.c '	if (news->cost_micro >= 0)
		call->cost_micro' '	if (0)
		call->cost_micro'
}

# A limit begins anew every hour.
day_is_an_hour() {
	replace src/engine/catalog_money.c '	call->spent_day = clock_day(tx->now_ms);
	snprintf(call->unit' '	call->spent_day = tx->now_ms / 3600000;
	snprintf(call->unit' &&
		replace src/engine/catalog_money.c \
			'rules_of(tx), clock_day(tx->now_ms), &today);

	if (r == 0)
		r = run_usd' 'rules_of(tx), tx->now_ms / 3600000, &today);

	if (r == 0)
		r = run_usd'
}

# What was being written when the daemon died is sent as it is.
interrupted_is_sent() {
	replace src/engine/catalog_commands.c \
		'r = tx_hold_interrupted(tx, &file,
						"the daemon stopped while this was being written");' \
		'{
			file.change = CHANGE_CLOSED;
			r = store_file_update(tx->db, &file);
			if (r == 0)
				r = tx_note(tx, (struct note){ .kind = NOTE_CLOSED, .file = file.id });
		}'
}

build() {
	make_copy FAILPOINTS=1 torture-programs
}

try() {
	local found=0 seen=no searched
	TMPDIR=$copy/tmp "$copy/tests/torture/torture.py" --rounds="$rounds" --seed="$seed" \
		--until="$2" "$copy/build-failpoints" >"$copy/found" 2>/dev/null &
	wait $! || found=$?
	searched=$(sed -n 's/^\([0-9]*\) rounds in.*/\1/p' "$copy/found")
	[ $found -ne 1 ] || ! grep -q ": $2: " "$copy/found" || seen=yes
	echo "| $1 | $2 | $([ $seen = yes ] && echo "found within $searched rounds" || echo '**NOT FOUND**') |"
	[ $seen = yes ]
}

put_on_trial "$@"
