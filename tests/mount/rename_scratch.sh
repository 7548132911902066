#!/usr/bin/env bash
# Scratch that is renamed to a request is sent, once; so every atomic save works.
. "$(dirname "$0")/../lib/quick.sh"

start_quick
cd "$MNT/requests" || fail 'no requests/'
echo 'a picture' >draft
mv draft a.txt
is "$(rest a.txt)" done 'renamed, it is sent'
is "$(sent a.txt) $(cat "$MNT/jobs/a.txt/prompt")" '1 a picture' 'once, with its bytes'

exec 7>open
echo 'first line' >&7
mv open b.txt
let_pass
is "$(status b.txt)" writing 'renamed while it is written, it waits'
echo 'second line' >&7
exec 7>&-
is "$(rest b.txt)" done 'for its last close'
is "$(sent b.txt) $(tr '\n' ' ' <"$MNT/jobs/b.txt/prompt")" '1 first line second line ' 'and is sent once, as a whole'

echo 'another picture' >.a.txt.new
mv .a.txt.new a.txt
is "$(rest a.txt)" done 'over a request: sent'
is "$(sent a.txt) $(run_number a.txt)" '2 2' 'as the next run of its job'
echo 'another picture' >.a.txt.new
mv .a.txt.new a.txt
is "$(rest a.txt) $(sent a.txt)" 'done 2' 'over an equal request: not sent'

mv a.txt a.bak
is "$(status a.txt) $(sent a.txt)" 'done 2' 'renamed to scratch, its job stays'
is "$(cat a.bak)" 'another picture' 'with its bytes'
mv a.bak a.txt
is "$(rest a.txt) $(sent a.txt)" 'done 2' 'and back: the same job, nothing is sent'

mkdir album
mv a.txt album/c.txt
is "$(status album/c.txt) $(run_number album/c.txt)" 'done 2' 'a request takes its job along'
not_ok 'away from where it was' test -e "$MNT/jobs/a.txt"
let_pass
is "$(sent album/c.txt)" 0 'which is no reason to send'

echo 'x' >one
echo 'y' >two
fails_with 'File exists' 'RENAME_NOREPLACE is honoured' renameat2 noreplace one two
fails_with 'Invalid argument' 'RENAME_EXCHANGE is not' renameat2 exchange one two
is "$(cat one two)" $'x\ny' 'and both are what they were'
mkdir .hidden
echo 'hidden picture' >.hidden/d.txt
let_pass
mv .hidden shown
is "$(rest shown/d.txt)" done 'a folder that is shown sends its requests'

mkdir .h
exec 7>.h/e.txt
echo 'first line' >&7
bash -c : # its end flushes the file, so that the store has this line
mv .h open
let_pass
is "$(status open/e.txt)" writing 'shown while a file in it is written, that waits'
echo 'second line' >&7
exec 7>&-
is "$(rest open/e.txt)" done 'for its last close'
is "$(sent open/e.txt) $(tr '\n' ' ' <"$MNT/jobs/open/e.txt/prompt")" '1 first line second line ' 'and is sent once, as a whole'
exec 7>>open/e.txt
echo 'third line' >&7
mv open .h
echo 'fourth line' >&7
exec 7>&-
let_pass
is "$(sent .h/e.txt)" 0 'hidden while a file in it is written, that is not sent'
mv .h open
is "$(rest open/e.txt) $(sent open/e.txt)" 'done 2' 'before it is shown again'
is "$(wc -l <"$MNT/jobs/open/e.txt/prompt")" 4 'with all of it'
cd /
done_testing
