#!/usr/bin/env bash
# What a request may say: front matter and JSON set parameters, folders' and the
# configuration's defaults fill in what it leaves out, and what the provider does
# not know is not sent, and said.
. "$(dirname "$0")/../lib/quick.sh"

# What params.json has under a name: "parameters seed", "ignored format"
value() { # JOB OBJECT NAME
	perl -MJSON::PP -0777 -e 'my $v = decode_json(<STDIN>)->{$ARGV[0]};
		$v = $v->{$ARGV[1]} if @ARGV > 1;
		print ref $v ? JSON::PP->new->canonical->encode($v) : $v // "-"' "${@:2}" <"$MNT/jobs/$1/params.json"
}
perl -MJSON::PP -e 1 2>/dev/null || skip 'no JSON::PP'

ask() { # PATH BYTES
	printf %b "$2" >"$MNT/requests/$1"
	is "$(rest "$1")" done "$1 is painted"
}

configure defaults 'negative_prompt = text'
configure defaults 'seed = 1'
configure defaults 'format = png'
start_quick
ask front.txt '---\nseed: 7\naspect_ratio: 32:18   \nformat: "webp"\n# a comment\nextra.steps: 30\nextra.a.b: "7"\n---\n\n a cat\nin a hat \n'
is "$(<"$MNT/jobs/front.txt/prompt")" $'a cat\nin a hat' 'the prompt is what lies below'
is "$(value front.txt parameters seed) $(value front.txt parameters aspect_ratio)" '7 16:9' 'the rest are parameters'
is "$(value front.txt parameters format)" webp 'in quotes or not'
is "$(value front.txt extra)" '{"a":{"b":"7"},"steps":30}' 'and what only the provider knows'
is "$(<"$MNT/jobs/front.txt/seed")" 7 'its seed is kept'
ask same.json '{"prompt": "a cat\\nin a hat", "seed": 7, "aspect_ratio": "16:9", "format": "webp", "extra": {"steps": 30, "a": {"b": "7"}}}'
is "$(value same.json parameters)$(value same.json extra)" "$(value front.txt parameters)$(value front.txt extra)" 'JSON says the same'
is "$(cut -d: -f2- <<<"$(value same.json sent)")" "$(cut -d: -f2- <<<"$(value front.txt sent)")" 'and the same is sent'
ask rule.md 'a line\n---\nis no front matter\n---\n'
is "$(<"$MNT/jobs/rule.md/prompt")" $'a line\n---\nis no front matter\n---' 'a rule further down is none'
ask prompt.prompt '---\nprompt: a cat\nseed: 0\n---\n'
is "$(<"$MNT/jobs/prompt.prompt/prompt") $(<"$MNT/jobs/prompt.prompt/seed")" 'a cat 0' 'the prompt may be a parameter, a seed 0'
ask null.json '{"prompt": "a cat", "seed": null, "enhance": true}'
is "$(value null.json parameters seed) $(value null.json parameters enhance)" '1 yes' 'null says nothing, true is yes'

# What quick.ini does not accept
is "$(value front.txt ignored aspect_ratio)" 'it has sizes of its own' 'a size that is not sent'
like "$(value front.txt ignored format)" 'does not know' 'a parameter that is not sent'
is "$(value front.txt sent aspect_ratio)$(value front.txt sent format)" '--' 'neither is under "sent"'
is "$(value front.txt sent seed) $(value front.txt sent model)" '7 dab' 'what is sent is'
like "$(<"$MNT/jobs/front.txt/log")" 'aspect_ratio is not sent.*format is not sent' 'the log says it'
like "$(value front.txt ignored extra)" 'of this machine' 'nor what a program cannot take'
like "$(<"$MNT/jobs/front.txt/log")" "extra is not sent to quick: $(value front.txt ignored extra)" \
	'the log says that, too'
is "$(value rule.md ignored negative_prompt)" 'it does not know this parameter' 'of the defaults, too'

# The nearest decides
mkdir -p "$MNT/requests/far/near/nearest"
printf 'seed = 2\nformat = jpeg\nextra.x = 1\nextra.y = 1 ; one\n' >"$MNT/requests/far/defaults.ini"
printf '[defaults]\n; mine\nseed = 3\nextra.x = 2\n' >"$MNT/requests/far/near/defaults.ini"
ask far/a.txt 'a cat'
ask far/near/a.txt 'a cat'
ask far/near/nearest/a.txt 'a cat'
ask far/near/b.txt '---\nseed: 4\n---\na cat'
is "$(value rule.md parameters seed)" 1 'the configuration'
is "$(value far/a.txt parameters seed) $(value far/a.txt extra)" '2 {"x":1,"y":1}' 'a folder is nearer'
is "$(value far/near/a.txt parameters seed)" 3 'its folder nearer still'
is "$(value far/near/nearest/a.txt parameters seed)" 3 'also for what is below'
is "$(value far/near/b.txt parameters seed)" 4 'nearest is the request'
is "$(value far/near/a.txt parameters format) $(value far/near/a.txt extra)" 'jpeg {"x":2,"y":1}' 'each says a part'
is "$(value far/a.txt parameters negative_prompt)" text 'below all lies the configuration'

rm "$MNT/requests/far/near/defaults.ini"
is "$(status far/near/a.txt) $(run_number far/near/a.txt)" 'done 1' 'changed defaults alone send nothing'
tell far/near/a.txt again
is "$(rest far/near/a.txt) $(run_number far/near/a.txt)" 'done 2' 'again does'
is "$(sent far/near/a.txt)" 2 'once'
printf 'provider = absent\n' >"$MNT/requests/far/defaults.ini"
echo 'a dog' >"$MNT/requests/far/a.txt"
is "$(rest far/a.txt) $(<"$MNT/jobs/far/a.txt/provider")" 'failed absent' 'defaults may name the provider'
done_testing
