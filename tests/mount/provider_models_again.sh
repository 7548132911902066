#!/usr/bin/env bash
# A catalogue that could not be read is asked for again an hour later, also over a restart.
. "$(dirname "$0")/../lib/simulator.sh"
requires python3
python3 -c 'import sqlite3' 2>/dev/null || skip 'this Python has no sqlite3'

asked() {
	requests '.listener == "pixeldojo" and (.path | startswith("/api/v1/models?"))' | wc -l
}

start_simulator
fault '100%:status=500 on=other provider=pixeldojo'
start_painting
wait_until 'grep -q ^models "$MNT/providers/pixeldojo/status"'
is "$(asked)" 1 'asked once'
stop_easelfs
python3 - "$STORE/easelfs.db" <<-'PY'
	import sqlite3, sys
	with sqlite3.connect(sys.argv[1]) as db:
	    db.execute("UPDATE provider SET catalogue_ms = catalogue_ms - 3588 * 1000")
PY
no_faults
start_painting
ok 'and an hour later' within 30 '[ "$(asked)" = 2 ]'
ok 'it is read' within 20 'grep -q $'"'"'^models\tread'"'"' "$MNT/providers/pixeldojo/status"'
done_testing
