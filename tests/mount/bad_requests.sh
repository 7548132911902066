#!/usr/bin/env bash
# What is wrong with a request is said in its `error`: where, what, and what is
# allowed. Nothing of it is sent, its bytes stay, and the next one is painted.
. "$(dirname "$0")/../lib/quick.sh"

mib=$((1024 * 1024))
shopt -s lastpipe    # row must not run in a subshell
names=() words=() errors=()

row() { # NAME WORD ERROR: the request's bytes come from standard input
	names+=("$1") words+=("$2") errors+=("$3")
	cat >"$TESTDIR/${#names[@]}"
}

text() { # NAME WORD ERROR FORMAT
	printf %b "$4" | row "$1" "$2" "$3"
}

repeat() { # TEXT COUNT
	perl -e 'print $ARGV[0] x $ARGV[1]' "$1" "$2"
}

# Text
text nul.txt rejected '^line 2: .*NUL' 'a cat\nwith a \000\n'
text latin.txt rejected '^line 1: .*0xE9.*UTF-8' 'caf\351\n'
text utf16.txt rejected '^line 1: .*0xFF.*UTF-8' '\377\376a\000'
text overlong.txt rejected 'UTF-8' '\300\257'
text surrogate.txt rejected 'UTF-8' '\355\240\200'
text half.txt rejected 'UTF-8' 'a \342\202'
text bom.txt empty '' '\357\273\277'
text bom-blank.md empty '' '\357\273\277 \r\n\t\n'
text blank.prompt empty '' ' \n\t\r\n'
text bom-nul.txt rejected 'NUL' '\357\273\277\000'
text crlf.txt done '' 'a cat\r\nin a hat\r\n'
text bom-crlf.txt done '' '\357\273\277---\r\nseed: 7\r\n---\r\na cat\r\n'
repeat a $mib | row mib.txt failed 'Argument list too long'
repeat a 100000 | row long.txt done ''

# Front matter
text open.txt rejected '^line 1: .*never closed.*---' '---\nseed: 7\na cat\n'
text unknown.txt rejected '^line 3: "sede" is not known.*seed.*allowed: .*aspect_ratio' '---\ncount: 1\nsede: 7\n---\na cat\n'
text shape.txt rejected '^line 2: NAME: VALUE .*"seed 7"' '---\nseed 7\n---\na cat\n'
text twice.txt rejected '^line 3: seed is there already, in line 2' '---\nseed: 7\nseed: 7\n---\na cat\n'
text indent.txt rejected '^line 3: an indented line' '---\nseed: 7\n  steps: 3\n---\na cat\n'
text no-prompt.txt rejected 'prompt is missing' '---\nseed: 7\n---\n\n'
text prompts.txt rejected '^line 2: prompt: .*another' '---\nprompt: a dog\n---\na cat\n'
text list.txt rejected '^line 2: seed: "\[1, 2\]" is not' '---\nseed: [1, 2]\n---\na cat\n'
text quote.txt rejected '^line 2: .*quotes' '---\nseed: "7\n---\na cat\n'

# Values
text seed-low.txt rejected '^line 2: seed: "-1" is not a whole number from 0 to 2147483647' '---\nseed: -1\n---\na cat\n'
text seed-high.txt rejected 'seed: "2147483648" is not .* to 2147483647' '---\nseed: 2147483648\n---\na cat\n'
text seed-huge.txt rejected 'seed: "99999999999999999999" is not' '---\nseed: 99999999999999999999\n---\na cat\n'
text seed-half.txt rejected 'seed: "1\.5" is not' '---\nseed: 1.5\n---\na cat\n'
text seed-none.txt rejected 'seed: "" is not' '---\nseed:\n---\na cat\n'
text count-none.txt rejected 'count: "0" is not .* 1 to 16' '---\ncount: 0\n---\na cat\n'
text count-many.txt rejected 'count: "17" is not .* 1 to 16' '---\ncount: 17\n---\na cat\n'
text ratio.txt rejected 'aspect_ratio: "wide" is not a ratio like 16:9' '---\naspect_ratio: wide\n---\na cat\n'
text ratio-zero.txt rejected 'aspect_ratio: "16:0" is not' '---\naspect_ratio: 16:0\n---\na cat\n'
text tier.txt rejected 'resolution: "8K" is not HD, 2K or 4K' '---\nresolution: 8K\n---\na cat\n'
text width.txt rejected 'width: 512 without height' '---\nwidth: 512\n---\na cat\n'
text both.txt rejected 'aspect_ratio: "1:1" beside width 512' '---\nwidth: 512\nheight: 512\naspect_ratio: 1:1\n---\na cat\n'
text enhance.txt rejected 'enhance: "perhaps" is not yes or no' '---\nenhance: perhaps\n---\na cat\n'
text format.txt rejected 'format: "gif" is not png, jpeg or webp' '---\nformat: gif\n---\na cat\n'
text who.txt rejected 'provider: nobody .*--check' '---\nprovider: nobody\n---\na cat\n'
text way-out.txt rejected 'provider: "\.\./quick" is not a name' '---\nprovider: ../quick\n---\na cat\n'
text model.txt rejected 'model: "none"|model.*none.*dab' '---\nmodel: none\n---\na cat\n'

# JSON
text cut.json rejected '^line 2: ' '{"prompt": "a cat",\n'
text words.json rejected '^line 1: .*"a cat"' 'a cat\n'
text array.json rejected 'one object' '["a cat"]\n'
text number.json rejected 'one object' '7\n'
text empty.json empty '' ''
text none.json rejected 'prompt is missing' '{}\n'
text null.json rejected 'prompt is missing' '{"prompt": null}\n'
text type.json rejected '^line 1: prompt: 7 is not .*in quotes' '{"prompt": 7}\n'
text type-seed.json rejected '^line 2: seed: "?1\.5"? is not' '{"prompt": "a cat",\n"seed": 1.5}\n'
text type-list.json rejected 'seed: \[…\] is not' '{"prompt": "a cat", "seed": [1]}\n'
text unknown.json rejected '^line 2: "size" is not known.*allowed: ' '{"prompt": "a cat",\n"size": 1}\n'
text twice.json rejected '^line 3: "seed" is there already, in line 2' '{"prompt": "a cat",\n"seed": 1,\n"seed": 2}\n'
text twice-deep.json rejected '"a" is there already' '{"prompt": "a cat", "extra": {"b": {"a": 1, "a": 2}}}\n'
text comma.json rejected 'comma' '{"prompt": "a cat",}\n'
text single.json rejected 'double quotes' "{'prompt': 'a cat'}\\n"
text comment.json rejected '^line 1: ' '// one\n{"prompt": "a cat"}\n'
text nan.json rejected 'a value is expected' '{"prompt": "a cat", "seed": NaN}\n'
text infinite.json rejected 'too large' '{"prompt": "a cat", "extra": {"x": 1e999}}\n'
text big.json rejected 'rounded.*quotes' '{"prompt": "a cat", "extra": {"id": 12345678901234567890}}\n'
text escape.json rejected '\\u0000' '{"prompt": "a \\u0000 cat"}\n'
text pair.json rejected 'surrogate' '{"prompt": "a \\ud800 cat"}\n'
text line.json rejected '^line 1: .*end of the line' '{"prompt": "a\ncat"}\n'
text after.json rejected 'end of the text' '{"prompt": "a cat"} x\n'
text latin.json rejected '0xE9.*UTF-8' '{"prompt": "caf\351"}\n'
{ echo -n '{"prompt": "a cat", "extra": {"x": ' && repeat '[' 10000 && repeat ']' 10000 && echo '}}'; } |
	row deep.json rejected 'more than 64 .*in each other'
repeat '[' 10000 | row deeper.json rejected 'more than 64'
repeat '{"a":' 10000 | row deepest.json rejected 'more than 64'
{ echo -n '{"prompt": "a cat", "extra": {"x": [0' && repeat ',0' 100000 && echo ']}}'; } |
	row values.json rejected 'more than 65536 values'
{ echo -n '{"prompt": "a cat", "extra": {"x": "' && repeat x $((mib - 40)) && echo '"}}'; } |
	row long.json done ''
{ echo -n '{"prompt": "' && repeat 'a cat ' 200 && echo '"}'; } | row prompt.json done ''
{ echo '{"prompt": "a cat"' && repeat ' ' $((mib - 20)) && echo -n '}'; } | row blank.json done ''

start_quick
for i in "${!names[@]}"; do
	cp "$TESTDIR/$((i + 1))" "$MNT/requests/${names[i]}" || fail "cannot write ${names[i]}"
done
for i in "${!names[@]}"; do
	name=${names[i]}
	word=$(rest "$name")
	said=$(cat "$MNT/jobs/$name/error")
	is "$word" "${words[i]}" "$name"
	[ "$word" = "${words[i]}" ] || diag "$said"
	[ -z "${errors[i]}" ] || like "${said%%$'\n'*}" "${errors[i]}" "$name says why"
	[[ $word = done || $word = failed ]] || [ "$(sent "$name")" = 0 ] || fail "$name was sent"
	cmp -s "$TESTDIR/$((i + 1))" "$MNT/requests/$name" || fail "$name is not what was written"
done
is "$(wc -l <"$MNT/jobs/twice.json/error")" 1 'an error is one line'
like "$(cat "$MNT/jobs/seed-low.txt/log")" 'rejected: .*seed: "-1"' 'the log says it, too'
like "$(cat "$MNT/jobs/seed-low.txt/job.json")" '"error": "line 2: seed: \\"-1\\"' 'so does job.json'
like "$(cat "$MNT/status")" 'rejected' 'and the status page'
is "$(cat "$MNT/jobs/crlf.txt/prompt")" $'a cat\nin a hat' 'CRLF is LF'
is "$(cat "$MNT/jobs/bom-crlf.txt/prompt") $(cat "$MNT/jobs/bom-crlf.txt/seed")" 'a cat 7' 'a BOM is dropped'

echo 'a cat' >"$MNT/requests/latin.txt"
is "$(rest latin.txt) $(cat "$MNT/jobs/latin.txt/error")" 'done ' 'corrected, it is painted'
stop_easelfs
start_quick
is "$(status twice.json) $(status crlf.txt)" 'rejected done' 'after a restart all is as it was'
echo 'one more' >"$MNT/requests/more.txt"
is "$(rest more.txt)" done 'and the next one is painted'
done_testing
