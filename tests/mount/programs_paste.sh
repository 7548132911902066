#!/usr/bin/env bash
# A file that was copied elsewhere is pasted into a file manager's window of
# requests/: one submission. (On a screen of Xvfb.)
. "$(dirname "$0")/../lib/programs.sh"
requires Xvfb xdotool xclip dbus-run-session
have_all pcmanfm || have_all thunar || skip 'no file manager'

show_screen() {
	Xvfb -displayfd 7 -screen 0 800x600x24 -nolisten tcp 7>"$TESTDIR/display" >/dev/null 2>&1 &
	wait_until '[ -s "$TESTDIR/display" ]'
	DISPLAY=:$(<"$TESTDIR/display")
	export DISPLAY
}

show_window() { # MANAGER FOLDER
	xclip -selection clipboard -t x-special/gnome-copied-files \
		<<<"copy"$'\n'"file://$OUTSIDE/${2##*/}.txt" >/dev/null 2>&1
	dbus-run-session -- "$1" "$2" >"$TESTDIR/said" 2>&1 &
	manager=$!
	wait_until 'window=$(xdotool search --onlyvisible --name "^'"${2##*/}"'" 2>/dev/null | tail -n 1) &&
		[ -n "$window" ]'
}

# The window may not listen yet; a paste that is heard is done within the time.
paste_here() { # FILE
	local tries
	# shellcheck disable=SC2154 # show_window found it
	for tries in {1..10}; do
		xdotool windowfocus --sync "$window" key --clearmodifiers ctrl+v
		! within 3 "[ -s '$1' ]" || return 0
	done
	diag "$tries times in vain: $(<"$TESTDIR/said")"
	return 1
}

paste_by() { # MANAGER
	local folder=$MNT/requests/by-$1 path=by-$1/by-$1.txt
	have_all "$1" || {
		diag "not here: $1"
		return
	}
	mkdir "$folder"
	echo "a lighthouse, pasted by $1" >"$OUTSIDE/by-$1.txt"
	show_window "$1" "$folder"
	ok "$1 pastes" paste_here "$MNT/requests/$path"
	is "$(rest "$path"): $(one_line "$MNT/jobs/$path/prompt")" \
		"done: a lighthouse, pasted by $1" 'which paints a picture'
	let_pass
	is "$(queued "$path") $(sent "$path")" '1 1' 'at the cost of one'
	kill "$manager"
	wait "$manager" 2>/dev/null
	total=$((total + 2))
	is "$(queued_total)" $total 'nothing else was sent'
}

start_quick
total=0
show_screen
paste_by pcmanfm
paste_by thunar
done_testing
