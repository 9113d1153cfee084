#!/usr/bin/env bash
# Removes the data directory: database, search index, models. Only one that `make run` made, never just any folder.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

dir=${MATINEE_DATA_DIR:-$HOME/.local/share/matinee}
[ -e "$dir" ] || { ok "there is no data directory $dir"; exit 0; }
[ -d "$dir/.done" ] || die "$dir was not made by 'make run', so it stays." "Remove it by hand if you are sure."
rm -rf "$dir"
ok "removed $dir"
