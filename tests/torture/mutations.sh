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
