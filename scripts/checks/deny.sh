#!/usr/bin/env bash
# cargo-deny: licences, bans and sources need no network. Advisories need the advisory database: checked when it can be
# fetched, said when not.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT"

# cargo-deny reads the manifests of all crates, those of other systems included, so they have to be there.
attempt 3 cargo fetch --locked --quiet
# Only errors: the duplicate versions, which are tolerated, are listed by `cargo deny check bans`.
cargo deny --offline --log-level error --all-features check --hide-inclusion-graph licenses bans sources || die "cargo-deny found something: see above."

log=$LOG_DIR/advisories.log
if timeout 120 cargo deny fetch db >"$log" 2>&1; then
  cargo deny --log-level error --all-features check --disable-fetch --hide-inclusion-graph advisories || die "A dependency has a known flaw: see above."
else
  note "advisories were not checked: the advisory database can't be fetched from here ($log)"
fi
