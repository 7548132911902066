#!/usr/bin/env bash
# The ways in which programs write files: each is one submission.
. "$(dirname "$0")/../lib/quick.sh"

saved() { # PATH PROMPT RUNS NAME
	is "$(rest "$1")" done "$4"
	is "$(sent "$1") $(<"$MNT/jobs/$1/prompt")" "$3 $2" 'one submission, all of it'
}

start_quick
cd "$MNT/requests" || fail 'no requests/'
echo 'outside' >"$TESTDIR/outside.txt"

echo 'by echo' >echo.txt
saved echo.txt 'by echo' 1 'echo'
printf ', and more' >>echo.txt
saved echo.txt $'by echo\n, and more' 2 'printf >>'
echo 'by tee' | tee tee.txt >/dev/null
saved tee.txt 'by tee' 1 'tee'
cat <<<'by cat' >cat.txt
saved cat.txt 'by cat' 1 'cat'
cp "$TESTDIR/outside.txt" cp.txt
saved cp.txt outside 1 'cp'
cp -a "$TESTDIR/outside.txt" cp-a.txt
saved cp-a.txt outside 1 'cp -a'
is "$(stat -c %y cp-a.txt)" "$(stat -c %y "$TESTDIR/outside.txt")" 'which keeps the time'
install -m 640 "$TESTDIR/outside.txt" install.txt
saved install.txt outside 1 'install'
is "$(stat -c %a install.txt)" 640 'with the mode that was asked for'
dd if="$TESTDIR/outside.txt" of=dd.txt bs=1 2>/dev/null
saved dd.txt outside 1 'dd, byte by byte'
mv "$TESTDIR/outside.txt" mv.txt
saved mv.txt outside 1 'mv from elsewhere'
sed -i 's/by/BY/' echo.txt
saved echo.txt $'BY echo\n, and more' 3 'sed -i'
perl -pi -e 's/by/BY/' tee.txt
saved tee.txt 'BY tee' 2 'perl -i'

# vim: is the folder writable, the old file away, the new one, the old one gone.
touch 4913
rm 4913
mv cat.txt cat.txt~
perl -MIO::Handle -e 'open F, ">", "cat.txt"; print F "by vim\n"; F->flush; F->sync; close F'
rm cat.txt~
saved cat.txt 'by vim' 2 'as vim does'

# emacs: a backup that is a copy, then the file itself in place; a lock that is a
# link is refused and done without.
not_ok 'a lock by symlink is refused' ln -s 'me@here.1' '.#cp.txt' 2>/dev/null
cp -p cp.txt cp.txt~
echo 'by emacs' >cp.txt
saved cp.txt 'by emacs' 2 'as emacs does'

# rsync and syncthing: a hidden file, its attributes, then the name.
echo 'by rsync' >.mv.txt.Ab3dEf
chmod 644 .mv.txt.Ab3dEf
touch -d '2020-01-02 03:04:05' .mv.txt.Ab3dEf
mv .mv.txt.Ab3dEf mv.txt
saved mv.txt 'by rsync' 2 'as rsync does'
is "$(date -r mv.txt +%F)" 2020-01-02 'which keeps the time'

# office programs: a lock file, the new file beside it, two renames.
: >'~$dd.txt'
echo 'by office' >dd.tmp
mv dd.txt dd.bak
mv dd.tmp dd.txt
rm dd.bak '~$dd.txt'
saved dd.txt 'by office' 2 'as office programs do'

mkdir -p "$TESTDIR/tree/a/b"
echo 'one' >"$TESTDIR/tree/a/1.txt"
echo 'two' >"$TESTDIR/tree/a/b/2.txt"
cp -a "$TESTDIR/tree" .
saved tree/a/1.txt one 1 'cp -a of a tree'
saved tree/a/b/2.txt two 1 'all of it'
tar -C "$TESTDIR" -cf - tree | tar -C "$MNT/requests" -xf - 2>"$TESTDIR/tar"
is "$(<"$TESTDIR/tar")" '' 'tar over it has nothing to say'
is "$(rest tree/a/1.txt) $(sent tree/a/1.txt)" 'done 1' 'and changes nothing'
is "$(cd "$MNT/jobs" && find . -name '*.txt' | wc -l)" 10 'no other job was made'
cd /
done_testing
