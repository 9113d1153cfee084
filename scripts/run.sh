#!/usr/bin/env bash
# Starts Matinee. The first start fills the data directory: database, demo data, first model (fill-data.sh). It can be
# interrupted anywhere.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export PORT=${PORT:-8080}
export MATINEE_DATA_DIR=${MATINEE_DATA_DIR:-$HOME/.local/share/matinee}
export MATINEE_ORT_LIB=${MATINEE_ORT_LIB:-$ONNXRUNTIME_LIB}
export MATINEE_SITE_DIR=${MATINEE_SITE_DIR:-$SITE_DIR}

trap 'echo; bad "Interrupted. Run make run again: it goes on from here."; exit 130' INT TERM

"$ROOT/scripts/fill-data.sh" "$SERVER" "$DEMO_DIR" "$MATINEE_DATA_DIR" || exit

note "Matinee is starting at http://127.0.0.1:$PORT (Ctrl-C stops it; data in $MATINEE_DATA_DIR)"
trap - INT TERM
exec "$SERVER" serve
