#!/usr/bin/env bash
# The straight path: a line of text becomes a picture, painted by the painter
# that is built in.
. "$(dirname "$0")/../lib/mount.sh"

start_easelfs
before=$(now_ms)
echo 'a lighthouse in a storm, oil on canvas' >"$MNT/requests/lighthouse.txt"
is "$(rest lighthouse.txt)" done 'the job ends'

picture=$MNT/images/lighthouse.png
is "$(ls "$MNT/images")" lighthouse.png 'its picture has the name of the request'
is "$(head -c 8 "$picture" | od -An -tx1)" ' 89 50 4e 47 0d 0a 1a 0a' 'it begins as a PNG does'
is "$(tail -c 12 "$picture" | od -An -tx1)" ' 00 00 00 00 49 45 4e 44 ae 42 60 82' 'it ends as a PNG does'

size=$(stat -c %s "$picture")
# wc(1) believes stat; cat does not.
# shellcheck disable=SC2002
is "$(cat "$picture" | wc -c)" "$size" 'its size is the number of its bytes'
ok 'du sees its blocks' test "$(($(stat -c %b "$picture") * 512))" -ge "$size"
is "$(stat -c %a "$picture")" 600 'it is for its owner alone'

mtime=$(stat -c %.3Y "$picture")
ok 'it was finished after it was asked for' test "${mtime/./}" -ge "$before"
ok 'and before now' test "${mtime/./}" -le "$(now_ms)"

kept=$(find "$STORE/images" -type f)
like "$kept" '/[0-9]{4}-[0-9]{2}-[0-9]{2}/lighthouse-[0-9]+\.png$' 'the store keeps it by day and name'
ok 'with the same bytes' cmp "$kept" "$picture"
done_testing
