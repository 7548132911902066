#!/usr/bin/env bash
# Someone at an editor in a terminal: every save costs one submission, while the
# editor stays open, and a save that changed nothing costs none.
. "$(dirname "$0")/../lib/programs.sh"
requires tmux

terminal() {
	tmux -S "$TESTDIR/tmux" -f /dev/null "$@"
}

leave() {
	local status=$?
	terminal kill-server 2>/dev/null
	(exit $status)
	clean_up
}
trap leave EXIT

is_open() {
	terminal has-session -t "$1" 2>/dev/null
}

shows() {
	terminal capture-pane -p -t "$1" | grep -qF "$2"
}

press() { # EDITOR KEYS
	# shellcheck disable=SC2086 # words of tmux, one a key
	terminal send-keys -t "$1" $2
}

write() { # EDITOR TEXT KEYS-BEFORE KEYS-AFTER
	press "$1" "$3"
	terminal send-keys -t "$1" -l "$2"
	press "$1" "$4"
}

# COMMAND PATH; then the keys that lead from anywhere to an empty page on which
# one types, that save it, and that leave.
session() {
	local editor=${1%% *} path=$2 empty=$3 save=$4 quit=$5
	have_all "$editor" || {
		diag "not here: $editor"
		return
	}
	terminal new-session -d -s "$editor" -x 100 -y 24 -c "$MNT/requests" "$1 $path"
	wait_until "shows $editor $path"

	write "$editor" 'a lighthouse in a storm' "$empty" "$save"
	wait_until "[ -e '$MNT/jobs/$path' ]"
	is "$(rest "$path"): $(one_line "$MNT/jobs/$path/prompt")" 'done: a lighthouse in a storm' \
		"$editor saves"
	is "$(queued "$path") $(sent "$path")" '1 1' 'at the cost of one'
	write "$editor" 'a lighthouse at dawn' "$empty" "$save"
	wait_until "[ \$(queued '$path') = 2 ]"
	is "$(rest "$path"): $(one_line "$MNT/jobs/$path/prompt")" 'done: a lighthouse at dawn' \
		"$editor saves other text"
	ok 'and is open still' is_open "$editor"
	press "$editor" "$save"
	press "$editor" "$quit"
	wait_until "! is_open $editor"
	is "$(rest "$path") $(queued "$path") $(sent "$path")" 'done 2 2' 'the same again costs nothing'
	total=$((total + 2))
}

start_quick
total=0
session 'vim -N -u NONE -i NONE' vim.txt 'Escape g g c G' 'Escape : w Enter' ': q Enter'
session 'nano' nano.txt 'M-\ M-T' 'C-s' 'C-x'
session 'emacs -nw -Q' emacs.txt 'M-< C-Space M-> C-w' 'C-x C-s' 'C-x C-c'
is "$(queued_total)" $total 'nothing else was sent'
ok 'one of them is here' test $total -gt 0
done_testing
