#!/usr/bin/env bash
# Editors that run a script save a request, however they are set to write it.
. "$(dirname "$0")/../lib/programs.sh"

cat >"$TESTDIR/emacs.el" <<'EMACS'
(setq user-full-name "" user-mail-address "")
(erase-buffer)
(insert (getenv "TEXT") "\n")
(save-buffer)
EMACS
mkdir "$TESTDIR/undo"
export TESTDIR
substitute() { # FILE OPTIONS: by vim
	vim -N -u NONE -i NONE -es -c "set $2" -c "%s/.*/$TEXT/" -c wq "$1"
}
by_emacs() { # FILE LISP
	emacs --batch -Q --eval "$2" "$1" -l "$TESTDIR/emacs.el"
}

start_quick
programs_save <<'ROWS'
vim.txt         vim      substitute vim.txt writebackup
vim-copy.txt    vim      substitute vim-copy.txt backupcopy=yes
vim-rename.txt  vim      substitute vim-rename.txt backupcopy=no
vim-backup.txt  vim      substitute vim-backup.txt backup
vim-plain.txt   vim      substitute vim-plain.txt nowritebackup
vim-noswap.txt  vim      substitute vim-noswap.txt noswapfile
vim-undo.txt    vim      substitute vim-undo.txt undofile
vim-dos.txt     vim      substitute vim-dos.txt fileformat=dos
vim-sync.txt    vim      substitute vim-sync.txt fsync
=ed.txt         ed       printf "%s\n" "1s/.*/$TEXT/" w q | ed -s ed.txt
emacs.txt       emacs    by_emacs emacs.txt t
emacs-copy.txt  emacs    by_emacs emacs-copy.txt '(setq backup-by-copying t)'
emacs-none.txt  emacs    by_emacs emacs-none.txt '(setq make-backup-files nil)'
emacs-new.txt   emacs    by_emacs emacs-new.txt "(setq file-precious-flag t)"
emacs-kept.txt  emacs    by_emacs emacs-kept.txt "(setq version-control t)"
emacs-lock.txt  emacs    by_emacs emacs-lock.txt '(setq create-lockfiles t auto-save-visited-mode t)'
ROWS
done_testing
