#!/usr/bin/env bash
# What cannot be understood is rejected, with the reason and its place, and not
# sent; what is too long is refused when it is written.
. "$(dirname "$0")/../lib/quick.sh"

error() {
	cat "$MNT/jobs/$1/error"
}

start_quick
printf 'a good line\nand a bad one: \xe9\xe8\n' >"$MNT/requests/latin.txt"
is "$(rest latin.txt)" rejected 'bytes that are no UTF-8'
like "$(error latin.txt)" '^line 2: .*0xE9.*UTF-8' 'the error says where, what, and what is allowed'
like "$(cat "$MNT/jobs/latin.txt/log")" 'rejected:.*0xE9' 'so does the log'

printf 'one\ntwo\nthree\0four\n' >"$MNT/requests/nul.txt"
is "$(rest nul.txt)" rejected 'a NUL byte'
like "$(error nul.txt)" '^line 3: .*NUL' 'the error says where and what'

printf '\xed\xa0\x80' >"$MNT/requests/surrogate.txt"
is "$(rest surrogate.txt)" rejected 'half a surrogate pair'
printf '\xff\xfea\0' >"$MNT/requests/utf16.txt"
is "$(rest utf16.txt)" rejected 'UTF-16'

fill() { # FILE BYTES: in one write after another, as most programs do
	head -c "$2" /dev/zero | tr '\0' a >"$1"
}
limit=$((1024 * 1024))
ok 'a request of 1 MiB can be written' fill "$MNT/requests/long.txt" $limit
isnt "$(rest long.txt)" done 'no painter takes it, and that is said'
isnt "$(error long.txt)" '' 'in its error'
fails_with 'File too large' 'one more byte is refused' fill "$MNT/requests/longer.txt" $((limit + 1))
: >"$MNT/requests/short.txt"
fails_with 'File too large' 'so is a size' truncate -s $((limit + 1)) "$MNT/requests/short.txt"
fails_with 'File too large' 'by name, too' \
	perl -e 'truncate($ARGV[0], $ARGV[1]) or die "$!\n"' "$MNT/requests/short.txt" $((limit + 1))
fails_with 'File too large' 'and a byte far out' \
	dd if=/dev/zero of="$MNT/requests/short.txt" bs=1 count=1 seek=$limit conv=notrunc
is "$(stat -c %s "$MNT/requests/short.txt")" 0 'that file has not grown'

ok 'scratch may be longer' truncate -s $((64 * limit)) "$MNT/requests/scratch"
fails_with 'File too large' 'up to 64 MiB' truncate -s $((64 * limit + 1)) "$MNT/requests/scratch"
truncate -s $((2 * limit)) "$MNT/requests/scratch"
if mv "$MNT/requests/scratch" "$MNT/requests/renamed.txt"; then
	is "$(rest renamed.txt)" rejected 'scratch that is too long for a request'
	like "$(error renamed.txt)" '2097152 bytes.*1048576' 'the error says how long and what is allowed'
fi

is "$(grep -c rejected "$MNT/events")" 5 'events has each rejection once'
is "$(sent latin.txt) $(sent nul.txt) $(ls "$MNT/images")" '0 0 ' 'nothing was sent'
echo 'a picture' >"$MNT/requests/latin.txt"
is "$(rest latin.txt)" done 'corrected, it is painted'
is "$(error latin.txt)" '' 'without an error'
stop_easelfs

configure defaults 'provider = nobody'
start_quick
echo 'a picture' >"$MNT/requests/who.txt"
is "$(rest who.txt)" rejected 'a provider that is not known'
like "$(error who.txt)" 'nobody.*--check' 'the error says which, and how to see the others'
done_testing
