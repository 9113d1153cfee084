#!/usr/bin/env bash
# Many of Matinee on one machine, as real processes: `make cluster`. What runs, and how to play with it, is in docs/operations/cluster.md.
# Arguments go to scripts/cluster/main.py: `scripts/cluster.sh --help`.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export MATINEE_ORT_LIB=${MATINEE_ORT_LIB:-$ONNXRUNTIME_LIB}
export MATINEE_SITE_DIR=${MATINEE_SITE_DIR:-$SITE_DIR}
export CLUSTER_SERVER=${CLUSTER_SERVER:-$SERVER} CLUSTER_DIRECTOR=${CLUSTER_DIRECTOR:-$DIRECTOR}
export CLUSTER_AI=${CLUSTER_AI:-$(dirname "$SERVER")/matinee-ai} CLUSTER_DEMO=$DEMO_DIR CLUSTER_ROOT=$ROOT
exec python3 "$ROOT/scripts/cluster/main.py" "$@"
