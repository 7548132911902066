#!/usr/bin/env bash
# Shells, copiers and archivers save a request: one submission each, and none
# when they save it again unchanged.
. "$(dirname "$0")/../lib/programs.sh"

start_quick
programs_save <<'ROWS'
bash.txt        -        echo "$TEXT" >bash.txt
noclobber.txt   -        set -C; echo "$TEXT" >|noclobber.txt
dash.txt        dash     dash -c 'echo "$TEXT" >dash.txt'
compound.txt    -        { /bin/echo "${TEXT% *}"; /bin/echo "${TEXT##* }"; } >compound.txt
subshells.txt   -        ( (/bin/echo "${TEXT%% *}"; ls /nothing; cat </dev/null); /bin/echo "${TEXT#* }") >subshells.txt 2>/dev/null
heredoc.txt     -        cat >heredoc.txt <<<"$TEXT"
appended.txt    -        : >appended.txt; printf '%s ' "${TEXT%% *}" >>appended.txt; printf '%s\n' "${TEXT#* }" >>appended.txt
both.txt        -        echo "$TEXT" 1<>both.txt; truncate -s $((${#TEXT} + 1)) both.txt
tee.txt         -        echo "$TEXT" | tee tee.txt
tee-a.txt       -        : >tee-a.txt; echo "$TEXT" | tee -a tee-a.txt
dd.txt          -        dd if="$OUTSIDE/dd.txt" of=dd.txt bs=7 conv=fsync
cp.txt          -        cp "$OUTSIDE/cp.txt" cp.txt
cp-a.txt        -        cp -a "$OUTSIDE/cp-a.txt" .
cp-f.txt        -        cp --remove-destination "$OUTSIDE/cp-f.txt" .
cp-b.txt        -        cp -b "$OUTSIDE/cp-b.txt" .
cp-sparse.txt   -        cp --sparse=always "$OUTSIDE/cp-sparse.txt" .
mv.txt          -        mv "$OUTSIDE/mv.txt" .
mv-f.txt        -        echo "$TEXT" >mv.new && mv -f mv.new mv-f.txt
mv-b.txt        -        echo "$TEXT" >mv.new && mv -b mv.new mv-b.txt
install.txt     -        install -m 600 "$OUTSIDE/install.txt" .
install-c.txt   -        install -C "$OUTSIDE/install-c.txt" .
rsync.txt       rsync    rsync -a "$OUTSIDE/rsync.txt" .
rsync-d.txt     rsync    rsync -a --delay-updates "$OUTSIDE/rsync-d.txt" .
rsync-i.txt     rsync    rsync -a --inplace "$OUTSIDE/rsync-i.txt" .
rsync-n.txt     rsync    rsync -a --no-whole-file --inplace "$OUTSIDE/rsync-n.txt" .
rsync-p.txt     rsync    rsync -a --partial-dir=.part --fsync "$OUTSIDE/rsync-p.txt" .
rsync-b.txt     rsync    rsync -ab "$OUTSIDE/rsync-b.txt" .
=sed.txt        -        sed -i "s/.*/$TEXT/" sed.txt
=sed-b.txt      -        sed -i.bak "s/.*/$TEXT/" sed-b.txt
=perl.txt       perl     perl -pi -e 's/.*/$ENV{TEXT}/' perl.txt
=perl-b.txt     perl     perl -i.bak -pe 's/.*/$ENV{TEXT}/' perl-b.txt
=sort.txt       -        echo "$TEXT" | sort -o sort.txt
=patch.txt      patch    diff -u patch.txt "$OUTSIDE/patch.txt" | patch patch.txt || cmp patch.txt "$OUTSIDE/patch.txt"
tar.txt         tar      tar -C "$OUTSIDE" -c tar.txt | tar x
tar-o.txt       tar      tar -C "$OUTSIDE" -c tar-o.txt | tar x --overwrite
tar-z.txt       tar,gzip tar -C "$OUTSIDE" -cz tar-z.txt | tar xzp --xattrs
unzip.txt       zip,unzip rm -f "$OUTSIDE/zip"; zip -jq "$OUTSIDE/zip" "$OUTSIDE/unzip.txt"; unzip -oq "$OUTSIDE/zip.zip"; rm "$OUTSIDE/zip.zip"
curl.txt        curl     curl -s -o curl.txt "file://$OUTSIDE/curl.txt"
gzip.txt        gzip     gzip -c "$OUTSIDE/gzip.txt" >gzip.txt.gz; gzip -df gzip.txt.gz
split.txt       -        split -b 1000 --additional-suffix=.txt "$OUTSIDE/split.txt" split. && mv split.aa.txt split.txt
ROWS
is "$(one_line "$MNT/requests/sed-b.txt.bak")" "$TEXT" 'what a program keeps beside it is there'
done_testing
