#!/usr/bin/env bash
# Installs what is missing. `setup.sh run` for running Matinee, `setup.sh test` for its tests too, `setup.sh cluster` for many of it, `setup.sh audit` for
# attacking it; a second word `quick`
# trusts the last set-up as long as what it pinned is unchanged and the files are still there.
# Each file of setup/ is one step and defines
#   step_title   what it provides, with the version
#   step_check   quick: is it there already?
#   step_work    what the work is, and about how long it takes
#   step_do      the work; its output goes to a log
#   step_help    what to do when it failed
# Every step can be interrupted and repeated.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

purpose=${1:-run}
steps=(system-packages wasm-target trunk wasm-bindgen wasm-opt onnxruntime text-model demo-data)
[ "$purpose" = test ] && steps+=(nextest cargo-deny chromium playwright postgresql director-packages scanners deploy-linters)
[ "$purpose" = cluster ] && steps+=(postgresql director-packages keepalived)
[ "$purpose" = audit ] && steps+=(nextest director-packages scanners)

done_stamp=$STAMP_DIR/setup-$purpose-$(content_hash scripts/setup scripts/setup.sh scripts/lib.sh scripts/versions.env \
  scripts/npm scripts/audit Cargo.lock | cut -c 1-12)
if [ "${2:-}" = quick ] && [ -e "$done_stamp" ] && [ -s "$ONNXRUNTIME_LIB" ] && [ -s "$DEMO_DIR/vega-movies.json" ] &&
  have cargo && have node && have trunk && have wasm-bindgen && have wasm-opt; then
  ok "set-up complete"
  exit 0
fi

exec 9>"$MATINEE_CACHE_DIR/setup.lock"
flock -n 9 || { doing "waiting for another set-up to finish" && flock 9; }
trap 'echo; bad "Interrupted. Run the same command again: it goes on from here."; exit 130' INT TERM

# reason_in LOG: the line that most likely says why; the last one when none stands out.
reason_in() {
  grep -vE '^ *(Compiling|Downloaded) |complete log of this run' "$1" |
    grep -m 1 -iE '(^|[^a-z])error([^a-z]|$)|, expected |please run|needs' || grep -v '^ *$' "$1" | tail -n 1
}

run_step() (
  log=$LOG_DIR/setup-$1.log
  # shellcheck disable=SC1090
  . "$ROOT/scripts/setup/$1.sh"
  step_check >/dev/null 2>&1 && exit 0
  doing "$(step_work)"
  started=$SECONDS
  # Its own shell, so that `set -e` holds inside the step: it would not in the condition of an `if`.
  if bash -c '. "$1/scripts/lib.sh"; . "$1/scripts/setup/$2.sh"; step_do' _ "$ROOT" "$1" >"$log" 2>&1 9>&- &&
    step_check >>"$log" 2>&1; then
    ok "$(step_title) ($((SECONDS - started)) s)"
    exit 10
  fi
  bad "$(step_title): $(reason_in "$log")"
  step_help | sed 's/^/  /' >&2
  printf '  All of its output: %s\n' "$log" >&2
  exit 1
)

installed=0
for step in "${steps[@]}"; do
  status=0
  run_step "$step" || status=$?
  case $status in
    0) ;;
    10) installed=$((installed + 1)) ;;
    *) exit 1 ;;
  esac
done
rm -rf "$MATINEE_CACHE_DIR/tools-build"

notice=$STAMP_DIR/data-licences-$(sha256_of "$ROOT/scripts/setup/data-licences.txt" | cut -c 1-12)
if [ ! -e "$notice" ]; then
  sed 's/^/  /' "$ROOT/scripts/setup/data-licences.txt"
  : >"$notice"
fi
rm -f "$STAMP_DIR/setup-$purpose-"*
: >"$done_stamp"
ok "set-up complete (${#steps[@]} steps, $installed of them new)"
