#!/usr/bin/env bash
# tests/layers accepts a clean tree and finds each planted violation.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
count=0

# file PATH LINE…: writes it.
file() {
	mkdir -p "$tree/${1%/*}"
	local path=$1
	shift
	printf '%s\n' "$@" >"$tree/$path"
}

clean_tree() {
	rm -rf "${tree:?}"/*
	file include/base/log.h '#include <stdio.h>'
	file include/base/text.h '#include "base/log.h"'
	file src/base/log.c '#include "base/log.h"'
	file include/job/plan.h '#include "base/log.h"'
	file src/job/plan.c '#include "job/plan.h"' '' '#include "base/log.h"'
	file include/io/ini.h '#include <stddef.h>'
	file src/io/ini.c '#include "io/ini.h"' '#include <ini.h>'
	file include/io/config.h '#include "job/plan.h"'
	file src/io/config.c '#include "io/config.h"' '#include "io/ini.h"'
	file include/io/store.h '#include "job/plan.h"'
	file src/io/store_db.h '#include <sqlite3.h>' '#include "io/store.h"'
	file src/io/store.c '#include "io/store.h"' '#include "store_db.h"'
	file src/io/store_db.c '#include "io/store_db.h"'
	file src/io/store_tree.c '#include "io/store.h"' '#include "store_db.h"'
	file src/io/http.c '#include "io/http.h"' '#include <curl/curl.h>'
	file include/mount/tree.h '#include <fuse_lowlevel.h>' '#include "io/store.h"'
	file src/app/main.c '#include <fuse.h>' '#include "mount/tree.h"'
	file src/preview/main.c '#include <cairo.h>' '#include "base/log.h"' '#include "preview/noise.h"'
	file src/preview/noise.h 'double fallback; /* not false: the default */'
	file conf/providers/fal.ini '[provider]'
	file conf/providers/preview.ini '[provider]'
}

result() { # result STATUS NAME OUTPUT
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		printf '%s\n' "$3" | sed 's/^/# /'
	fi
}

# finds NAME TEXT FILE LINE…: with FILE replaced, the check fails and says TEXT.
finds() {
	local name=$1 text=$2 said status=0
	shift 2
	clean_tree
	file "$@"
	if said=$("$top/tests/layers" "$tree") || [[ $said != *"$text"* ]]; then
		status=1
	fi
	result $status "$name" "$said"
}

clean_tree
said=$("$top/tests/layers" "$tree")
result $? 'a clean tree passes' "$said"

finds 'an upward include' 'base/ may not include job/' \
	include/base/log.h '#include "job/params.h"'
finds 'an upward include in a source' 'src/job/plan.c:2: job/ may not include io/' \
	src/job/plan.c '#include "job/plan.h"' '#  include "io/store.h"'
finds 'preview includes what is above base' 'preview/ may not include job/' \
	src/preview/noise.h '#include "job/plan.h"'
finds 'the daemon includes preview' 'app/ may not include preview/' \
	src/app/main.c '#include "preview/noise.h"'
finds 'siblings in io' 'siblings in io/' \
	src/io/config.c '#include "io/config.h"' '#include "io/store.h"'
finds 'an include without a layer' 'does not name its layer' \
	src/job/plan.c '#include "job/plan.h"' '#include "log.h"'
finds 'an unknown layer' 'no such layer' \
	src/job/plan.c '#include "job/plan.h"' '#include "util/log.h"'
finds 'a folder that is no layer' 'no such layer: util/' \
	src/util/text.h ''
finds 'a header that includes itself by a detour' 'a cycle:' \
	include/base/log.h '#include "base/text.h"'
finds 'a cycle of modules' 'a cycle:' \
	src/base/log.c '#include "base/log.h"' '#include "base/text.h"'
finds 'own header not first' 'the first include is not its own header' \
	src/job/plan.c '#include <stdio.h>' '#include "job/plan.h"'
finds 'no include at all' 'does not include its own header' \
	src/job/plan.c 'int x;'
finds 'fuse below mount' '<fuse_lowlevel.h> belongs to' \
	include/engine/catalog.h '#include <fuse_lowlevel.h>'
finds 'curl outside http' '<curl/curl.h> belongs to' \
	src/io/config.c '#include "io/config.h"' '#include <curl/curl.h>'
finds 'sqlite outside the store' '<sqlite3.h> belongs to' \
	src/io/config.c '#include "io/config.h"' '#include <sqlite3.h>'
finds 'inih outside ini.c' '<ini.h> belongs to' \
	src/io/config.c '#include "io/config.h"' '#include <ini.h>'
finds 'cairo in the daemon' '<cairo.h> belongs to' \
	src/app/main.c '#include <cairo.h>'
finds 'a provider by name' 'src/job/plan.c:2: names a provider: fal' \
	src/job/plan.c '#include "job/plan.h"' 'int FAL_KEY;'

echo "1..$count"
