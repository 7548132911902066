#!/usr/bin/env bash
# A picture tells where it comes from, in attributes that nobody can change.
. "$(dirname "$0")/../lib/quick.sh"
requires getfattr setfattr

attribute() { # FILE NAME
	getfattr --only-values --absolute-names -n "$2" "$1"
}

start_quick
printf 'a picture,\nin two lines\n' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'painted'
picture=$MNT/images/a.png job=$MNT/jobs/a.txt
is "$(getfattr --absolute-names "$picture" | grep '^user' | sort | tr '\n' ' ')" \
	'user.easelfs.cost user.easelfs.created user.easelfs.job user.easelfs.model user.easelfs.provider user.easelfs.seed user.mime_type user.xdg.comment user.xdg.creator ' \
	'the attributes are listed'
is "$(attribute "$picture" user.xdg.comment)" "$(<"$job/prompt")" 'the prompt is the comment'
like "$(attribute "$picture" user.xdg.creator)" '^easelfs.*quick' 'who made it'
is "$(attribute "$picture" user.mime_type)" image/png 'what it is'
for name in provider model seed cost; do
	is "$(attribute "$picture" user.easelfs.$name)" "$(<"$job/$name")" "$name is that of the job"
done
is "$(attribute "$picture" user.easelfs.job)" a.txt 'the job is named'
like "$(attribute "$picture" user.easelfs.created)" '^[0-9-]{10}T[0-9:]{8}Z$' 'and the time'
fails_with 'No such attribute' 'there is nothing else' attribute "$picture" user.other

refused='Operation not permitted'
for name in xdg.comment xdg.creator xdg.origin.url mime_type easelfs.{provider,model,seed,cost,job,created,unsafe,new}; do
	fails_with "$refused" "cannot be set: user.$name" setfattr -n "user.$name" -v x "$picture"
done
fails_with "$refused" 'nor removed' setfattr -x user.xdg.comment "$picture"
is "$(attribute "$picture" user.xdg.comment)" "$(<"$job/prompt")" 'all is as it was'

seed=$(attribute "$picture" user.easelfs.seed)
tell a.txt again
is "$(rest a.txt)" done 'painted again'
is "$(attribute "$picture" user.easelfs.seed)" "$seed" 'each picture keeps its own seed'
is "$(attribute "$MNT/images/a-2.png" user.easelfs.seed)" "$(<"$job/seed")" 'the new one has another'

a999=$(printf '%999s' '' | tr ' ' a)
echo "${a999}b and more" >"$MNT/requests/b.txt"
echo "${a999}é and more" >"$MNT/requests/c.txt"
is "$(rest b.txt) $(rest c.txt)" 'done done' 'long prompts'
is "$(attribute "$MNT/images/b.png" user.xdg.comment)" "${a999}b" 'a comment is cut at 1,000 bytes'
is "$(attribute "$MNT/images/c.png" user.xdg.comment)" "$a999" 'at a character'
is "$(<"$MNT/jobs/c.txt/prompt")" "${a999}é and more" 'the job has it all'
done_testing
