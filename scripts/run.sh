#!/usr/bin/env bash
# Starts Matinee. The first start fills the data directory: database, demo data, first model. Every part of that can be
# interrupted: a part is marked done only after it succeeded, and the commands go on where they stopped.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export PORT=${PORT:-8080}
export MATINEE_DATA_DIR=${MATINEE_DATA_DIR:-$HOME/.local/share/matinee}
export MATINEE_ORT_LIB=${MATINEE_ORT_LIB:-$ONNXRUNTIME_LIB}
export MATINEE_SITE_DIR=${MATINEE_SITE_DIR:-$SITE_DIR}

mkdir -p "$MATINEE_DATA_DIR/.done" ||
  die "Can't create the data directory $MATINEE_DATA_DIR." "Choose another: MATINEE_DATA_DIR=/some/where make run"
trap 'echo; bad "Interrupted. Run make run again: it goes on from here."; exit 130' INT TERM

# once NAME WHAT COMMAND…: runs it unless it was done in this data directory before.
once() {
  local mark=$MATINEE_DATA_DIR/.done/$1 what=$2
  shift 2
  [ -e "$mark" ] && return
  doing "$what"
  MATINEE_LOG=${MATINEE_LOG:-warn} "$@" || die "This failed: $what. The reason is above." "Run make run again once it is mended: it goes on from here." \
    "To begin with an empty data directory: make clean-data"
  : >"$mark"
}

schema=migrated-$(content_hash migrations | cut -c 1-12)
demo=demo-$(printf '%s' "$RECBOLE_SHA256$PLOTS_SHA256$VEGA_MOVIES_SHA256" | sha256sum | cut -c 1-12)
once "$schema" "preparing the database" "$SERVER" migrate
once "$demo" "importing the demo's films and ratings" "$SERVER" import demo "$DEMO_DIR"
once "trained-$demo" "training the first model" "$SERVER" train

note "Matinee is starting at http://127.0.0.1:$PORT (Ctrl-C stops it; data in $MATINEE_DATA_DIR)"
trap - INT TERM
exec "$SERVER" serve
