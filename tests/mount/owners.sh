#!/usr/bin/env bash
# umask=, uid= and gid= say whose everything is, and who else may look.
. "$(dirname "$0")/../lib/quick.sh"

look() {
	(cd "$MNT" && stat -c '%a %u:%g %n' . README.txt ctl requests requests/a.txt jobs/a.txt \
		jobs/a.txt/status jobs/a.txt/ctl jobs/a.txt/images images images/a.png)
}

everything() { # everything DIRECTORY FILE COMMAND READ-ONLY OWNER
	cat <<-END
		$1 $5 .
		$4 $5 README.txt
		$3 $5 ctl
		$1 $5 requests
		$2 $5 requests/a.txt
		$1 $5 jobs/a.txt
		$4 $5 jobs/a.txt/status
		$3 $5 jobs/a.txt/ctl
		$1 $5 jobs/a.txt/images
		$1 $5 images
		$2 $5 images/a.png
	END
}

start_quick
echo 'a' >"$MNT/requests/a.txt"
is "$(rest a.txt)" done 'a picture'
look | sed 's/^/# /'
is "$(look | awk '{ print $1 }' | grep -c '^[0-7]00$')" 11 'without umask= it is all for one user alone'
is "$(look | awk '{ print $2 }' | sort -u)" "$(id -u):$(id -g)" 'for the one who mounted it'
stop_easelfs

# Another owner's folders are closed to an ordinary user who mounts for them.
user=1234 group=5678
[ "$(id -u)" = 0 ] || user=$(id -u) group=$(id -g)
start_quick -o "umask=027,uid=$user,gid=$group"
look | sed 's/^/# /'
is "$(look | awk '{ print $2 }' | sort -u)" "$user:$group" 'uid= and gid='
is "$(stat -c %a "$MNT/." "$MNT/jobs" "$MNT/images" | sort -u)" 750 'umask= of folders'
is "$(stat -c %a "$MNT/jobs/a.txt/status")" 640 'umask= of files'
stop_easelfs
done_testing
