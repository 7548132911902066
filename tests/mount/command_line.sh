#!/usr/bin/env bash
# easelfs --help, --version, --check: words on standard output, nothing mounted.
. "$(dirname "$0")/../lib/mount.sh"

like "$("$EASELFS" --version)" '^easelfs [0-9]+\.[0-9]+\.[0-9]+$' '--version'
is "$("$EASELFS" -V)" "$("$EASELFS" --version)" '-V is the same'
like "$("$EASELFS" --help)" '^usage: easelfs .*fusermount3 -u' '--help says how to unmount, too'
is "$("$EASELFS" -h)" "$("$EASELFS" --help)" '-h is the same'
is "$("$EASELFS" --help 2>&1 >/dev/null)" '' 'on standard output'

said=$("$EASELFS" --check)
is $? 0 '--check: all is well'
like "$said" 'preview .*ready' 'it names the painter that is built in'

printf '[easelfs]\nprovider = xyzzy\n' >"$TESTDIR/bad.ini"
fails_with 'xyzzy' '--check says which provider is not known' "$EASELFS" --check "$TESTDIR/bad.ini"
printf '[easelfs]\nprovider\n' >"$TESTDIR/worse.ini"
fails_with "$TESTDIR/worse.ini:2:" '--check names the line' "$EASELFS" --check "$TESTDIR/worse.ini"
mkdir "$TESTDIR/providers"
printf '[provider]\ncommand = true\nnonsense = 1\n' >"$TESTDIR/providers/broken.ini"
EASELFS_PROVIDERS=$TESTDIR/providers
fails_with 'broken.ini:3:' '--check names a profile that is broken' "$EASELFS" --check
is "$(find "$HOME" -mindepth 1 -path '*easelfs*')" '' 'none of them makes a store'
done_testing
