#!/usr/bin/env bash
# Libraries and desktop programs that write a file beside the request and put it
# in place cost one submission a save, too.
. "$(dirname "$0")/../lib/programs.sh"

cat >"$TESTDIR/save.py" <<'PYTHON'
import os, sys, tempfile
path, suffix = sys.argv[1:]
with tempfile.NamedTemporaryFile('w', dir='.', suffix=suffix, delete=False) as file:
    print(os.environ['TEXT'], file=file)
    file.flush()
    os.fsync(file.fileno())
os.replace(file.name, path)
directory = os.open('.', os.O_DIRECTORY)
os.fsync(directory)
PYTHON

# As LibreOffice does: a lock file, the new bytes under another name, a backup,
# two renames. ($1: the name of the request)
cat >"$TESTDIR/office" <<'BASH'
set -e
echo ',me,here,01.01.2026 12:00,file:///home/me/.config/libreoffice/4;' >".~lock.$1#"
: >lu5551abc.tmp
echo "$TEXT" >lu5552def.tmp
rm lu5551abc.tmp
[ ! -e "$1" ] || mv "$1" lu5553ghi.tmp
mv lu5552def.tmp "$1"
rm -f lu5553ghi.tmp ".~lock.$1#"
BASH
export TESTDIR

start_quick
programs_save <<'ROWS'
python.txt      python3  python3 "$TESTDIR/save.py" python.txt ''
suffix.txt      python3  python3 "$TESTDIR/save.py" suffix.txt .txt
pathlib.txt     python3  python3 -c 'import os, pathlib; pathlib.Path("pathlib.txt").write_text(os.environ["TEXT"])'
shutil.txt      python3  python3 -c 'import os, shutil; shutil.copy2(os.environ["OUTSIDE"] + "/shutil.txt", "shutil.txt")'
unbuffered.txt  python3  python3 -c 'import os; f = open("unbuffered.txt", "wb", 0); [f.write(bytes([b])) for b in os.environ["TEXT"].encode()]'
gio-copy.txt    gio      gio copy "$OUTSIDE/gio-copy.txt" .
gio-copy-p.txt  gio      gio copy -p "$OUTSIDE/gio-copy-p.txt" .
gio-move.txt    gio      gio move "$OUTSIDE/gio-move.txt" .
gio-save.txt    gio      echo "$TEXT" | gio save gio-save.txt
gio-backup.txt  gio      echo "$TEXT" | gio save -b gio-backup.txt
gio-create.txt  gio      echo "$TEXT" | gio save -p gio-create.txt
=gio-append.txt gio      : >gio-append.txt; echo "$TEXT" | gio save -a gio-append.txt
office.txt      -        bash "$TESTDIR/office" office.txt
ROWS
is "$(find "$MNT/requests" -type f ! -name '[!.]*.txt' -printf '%f\n')" 'gio-backup.txt~' \
	'they leave nothing behind but what was asked for'
done_testing
