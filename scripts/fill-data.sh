#!/usr/bin/env bash
# Fills a data directory: schema, the demo's films and ratings, a language model, a first model. `fill-data.sh SERVER DEMO_DIR DATA_DIR`, SERVER being
# the built `matinee` and DEMO_DIR what set-up fetched. A part is marked done (DATA_DIR/.done) only after it succeeded, and the
# commands themselves go on where they stopped, so it can be interrupted anywhere and run again. One that is full costs nothing.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# = 3 ] || die "fill-data.sh wants three arguments: the server program, the demo's folder, the data directory."
server=$1 demo_dir=$2
export MATINEE_DATA_DIR=$3 MATINEE_LOG=${MATINEE_LOG:-warn} MATINEE_ORT_LIB=${MATINEE_ORT_LIB:-$ONNXRUNTIME_LIB}

mkdir -p "$MATINEE_DATA_DIR/.done" ||
  die "Can't create the data directory $MATINEE_DATA_DIR." "Choose another: MATINEE_DATA_DIR=/some/where make run"

trap 'exit 130' INT TERM

# once NAME WHAT ARGUMENT…: runs the server's command unless it was done in this data directory before.
once() {
  local mark=$MATINEE_DATA_DIR/.done/$1 what=$2
  shift 2
  [ -e "$mark" ] && return
  doing "$what"
  "$server" "$@" || die "This failed: $what. The reason is above." "Run it again once it is mended: it goes on from here." \
    "To begin with an empty data directory: make clean-data"
  : >"$mark"
}

schema=migrated-$(content_hash migrations | cut -c 1-12)
demo=demo-$(printf '%s' "$RECBOLE_SHA256$PLOTS_SHA256$VEGA_MOVIES_SHA256" | sha256sum | cut -c 1-12)
once "$schema" "preparing the database" migrate
once "$demo" "importing the demo's films and ratings" import demo "$demo_dir"
# Films can be described where the language model could be fetched; everything else goes without it.
[ ! -s "$TEXT_MODEL" ] || once "text-model-${TEXT_MODEL_SHA256:0:12}" "preparing the language model" text-model "$TEXT_MODEL"
once "trained-$demo" "training the first model" train
