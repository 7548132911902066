#!/usr/bin/env bash
# A folder of prompts under git in requests/: a clone sends every prompt once, a
# checkout what it changes, and .git nothing.
. "$(dirname "$0")/../lib/programs.sh"
requires git

export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=me GIT_AUTHOR_EMAIL=me@here
export GIT_COMMITTER_NAME=me GIT_COMMITTER_EMAIL=me@here
git config --global init.defaultBranch main
git config --global advice.detachedHead false

# Words of all jobs of prompts/, how many were sent
prompts() {
	local path said=
	for path in "$@"; do
		said+="$(rest "prompts/$path") $(queued "prompts/$path") "
	done
	echo "$said$(queued_total)"
}

works() { # NAME COMMAND…
	local name=$1
	shift
	if "$@" >"$TESTDIR/said" 2>&1 </dev/null; then
		ok "$name"
	else
		fail "$name: status $?: $(<"$TESTDIR/said")"
	fi
	is "$(grep -iE 'error|fatal|warning' "$TESTDIR/said")" '' "$name: nothing is wrong"
}

(
	set -e
	git init -q "$OUTSIDE/prompts"
	cd "$OUTSIDE/prompts"
	mkdir album
	echo 'a lighthouse' >a.txt
	echo 'a boat' >album/b.md
	printf '#!/bin/sh\nexit\n' >make.sh
	chmod +x make.sh
	echo 'about these prompts' >README.md
	git add .
	git commit -qm 'first'
	git checkout -qb dawn
	echo 'a lighthouse at dawn' >a.txt
	echo 'a gull' >c.txt
	git add .
	git commit -qm 'dawn'
	git checkout -q main
) || fail 'no repository to clone'

start_quick
cd "$MNT/requests" || fail 'no requests/'
works 'git clone' git clone "$OUTSIDE/prompts" prompts
is "$(prompts a.txt album/b.md)" 'done 1 done 1 2' 'each prompt is sent once, and nothing else'
cd prompts || fail 'no clone'
is "$(git status --short)" '' 'git finds what it wrote'
is "$(stat -c %A make.sh | cut -c 4)" x 'what is executable is marked as such'
works 'git checkout' git checkout dawn
is "$(prompts a.txt album/b.md c.txt)" 'done 2 done 1 done 1 4' 'what it changed is sent'
is "$(one_line "$MNT/jobs/prompts/a.txt/prompt")" 'a lighthouse at dawn' 'as it is now'
works 'git checkout of a file' git checkout HEAD a.txt
works 'git reset' git reset --hard
is "$(prompts a.txt album/b.md c.txt)" 'done 2 done 1 done 1 4' 'what is as it was is not'

echo 'a lighthouse at noon' >a.txt
is "$(prompts a.txt)" 'done 3 5' 'a change by hand is sent'
works 'git add' git add a.txt
works 'git commit' git commit -m noon
works 'git stash' git stash list
works 'git rebase' git rebase main
works 'git repack' git repack -adq
works 'git gc' git gc --quiet
works 'git fsck' git fsck --strict
works 'git worktree' git worktree list
works 'git push' git push "$OUTSIDE/prompts" HEAD:noon
works 'git pull' git pull --ff-only "$OUTSIDE/prompts" noon
is "$(prompts a.txt album/b.md c.txt)" 'done 3 done 1 done 1 5' 'which cost nothing'
is "$(git status --short)" '' 'and leave a clean tree'

works 'git mv' git mv a.txt album/a.txt
is "$(prompts album/a.txt) $(run_number prompts/album/a.txt)" 'done 0 5 3' 'a request takes its job along'
works 'git clone in requests/' git clone ../prompts "$MNT/requests/again"
is "$(rest again/a.txt) $(rest again/album/b.md) $(rest again/c.txt) $(queued_total)" \
	'done done done 8' 'is three more requests'
mkdir "$MNT/requests/tree"
works 'git checkout of another repository' \
	git --git-dir "$OUTSIDE/prompts/.git" --work-tree "$MNT/requests/tree" checkout -f dawn -- .
is "$(rest tree/a.txt) $(rest tree/album/b.md) $(rest tree/c.txt) $(queued_total)" \
	'done done done 11' 'is three, too'
is "$(find "$MNT/jobs" -path '*.git*' -o -name 'README*' -o -name make.sh)" '' 'and .git is scratch'
cd /
done_testing
