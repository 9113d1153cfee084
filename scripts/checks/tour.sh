#!/usr/bin/env bash
# The operator's tour (docs/operations/tour.md), followed word by word with the release server.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

[ -x "$SERVER" ] || die "$SERVER is missing: the tour needs the built server." "Run: make build"
have curl || apt_install curl
exec python3 -B scripts/tour.py --server "$SERVER"
