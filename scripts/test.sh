#!/usr/bin/env bash
# Everything that guards the project, stage by stage. A failed stage does not stop the ones that don't need it, so that
# one run tells all; the end lists the stages with their times. `test.sh NAME…` runs only those stages.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

results=$(mktemp -d "$MATINEE_CACHE_DIR/test.XXXXXX")
trap 'rm -rf "$results"' EXIT
trap 'echo; bad "Interrupted."; exit 130' INT TERM
wanted=("$@")
table=() failed=() started_all=$SECONDS

# stage NAME WHAT COMMAND…
stage() {
  local name=$1 what=$2 started=$SECONDS verdict='✓'
  shift 2
  [ ${#wanted[@]} = 0 ] || [[ " ${wanted[*]} " = *" $name "* ]] || return 0
  printf '\n=== %s: %s\n' "$name" "$what"
  if ! RESULTS=$results "$@"; then
    verdict='✗'
    failed+=("$name")
  fi
  table+=("$(printf '%s %-13s %4d s  %s' "$verdict" "$name" $((SECONDS - started)) "$what")")
  printf '%s %s (%d s)\n' "$verdict" "$name" $((SECONDS - started))
}

stage fmt "formatting" cargo fmt --all --check
stage browser-deps "the browser side depends on no server crate" scripts/checks/browser-deps.sh
stage deny "licences, bans and sources of dependencies" scripts/checks/deny.sh
stage server "the release server" scripts/build.sh server
stage site "the browser bundle" scripts/build.sh site
stage bundle-size "size budget of the browser bundle" node scripts/checks/bundle-size.mjs "$SITE_DIR"
stage clippy "lints, package by package, for this machine" scripts/checks/clippy-host.sh
stage clippy-wasm "lints for the browser" scripts/checks/clippy-wasm.sh
stage tests "unit and integration tests" scripts/checks/nextest.sh
stage director "the director as a process, before real servers" scripts/checks/director.sh
stage deploy "what deploy/ holds, by the tools that are here" scripts/checks/deploy.sh
stage scanners "the headers' score, and pages and API under other people's scanners, in short" scripts/checks/scanners.sh
stage sign-in-load "pages beside many sign-ins by password" scripts/checks/sign-in-load.sh
stage tour "the operator's tour, word by word" scripts/checks/tour.sh
stage browser "the release server in a real Chromium" scripts/checks/playwright.sh
stage cluster "browsers through the director, while instances are killed" scripts/checks/browser-cluster.sh small

printf '\n=== summary (%d min %d s)\n' $(((SECONDS - started_all) / 60)) $(((SECONDS - started_all) % 60))
printf '%s\n' "${table[@]}"
passed_tests=0 failed_tests=0
for counts in "$results"/*.counts; do
  [ -e "$counts" ] || continue
  read -r passed broken <"$counts"
  passed_tests=$((passed_tests + passed))
  failed_tests=$((failed_tests + broken))
done
# Which tests failed, and why, where a stage leaves that: whoever sees the end alone knows where to look.
for failures in "$results"/*.failures; do
  [ ! -s "$failures" ] || cat "$failures"
done
[ ${#failed[@]} = 0 ] || bad "failed: ${failed[*]} (one by itself: scripts/test.sh ${failed[0]})"
# The machine-readable line: tests that ran, in Rust and in the browser.
printf '%d passed, %d failed\n' "$passed_tests" "$failed_tests"
[ ${#failed[@]} = 0 ]
