#!/usr/bin/env bash
# Gives random bytes to every parser that meets them from outside (fuzz/src/lib.rs), by libFuzzer: `fuzz.sh [SECONDS [TARGET…]]`, 10 seconds for each
# of all of them without an argument. What it finds new is kept in the cache and is the beginning of the next run; an input that makes a target
# panic, or take longer than 10 seconds or 2 GB, is kept beside it and named. Such a one goes to fuzz/corpus/TARGET with the repair.
# FUZZ_PROFILE: of the build (release, which shares its dependencies with the server's).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

seconds=${1:-10}
[ $# = 0 ] || shift
kept=$MATINEE_CACHE_DIR/fuzz
profile=${FUZZ_PROFILE:-release}
export MATINEE_ORT_LIB=${MATINEE_ORT_LIB:-$ONNXRUNTIME_LIB}

doing "building our crates for fuzzing (about 15 minutes the first time)"
# Only our own crates are compiled anew: all others are those of the server's build, if the features are the same, so all default members are named.
RUSTC_WORKSPACE_WRAPPER=$ROOT/scripts/fuzz/rustc-with-coverage.sh ${FUZZ_CARGO:-cargo} build --locked --quiet --profile "$profile" \
  -p matinee-fuzz --features matinee-fuzz/libfuzzer,matinee-fuzz/director --bin fuzz ||
  die "The fuzzer was not built; cargo's words are above." "It needs a C++ compiler beside what the server and the director need."
[ "$profile" = dev ] && profile=debug
program=$CARGO_TARGET_DIR/$profile/fuzz

if [ $# = 0 ]; then
  for folder in fuzz/corpus/*/; do set -- "$@" "$(basename "$folder")"; done
fi
failed=()
for target in "$@"; do
  [ -d "fuzz/corpus/$target" ] || die "There is no target '$target'." "Those there are: $(cd fuzz/corpus && echo ./*)"
  mkdir -p "$kept/$target" "$kept/found"
  log=$LOG_DIR/fuzz-$target.log
  if FUZZ_TARGET=$target "$program" "$kept/$target" "fuzz/corpus/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
    -print_final_stats=1 -artifact_prefix="$kept/found/$target-" >"$log" 2>&1; then
    ok "$target: $(awk '/number_of_executed_units/ { n = $2 } /^#[0-9]+.*cov:/ { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
      END { printf "%d inputs, %d places of our code reached", n, cov }' "$log")"
  else
    failed+=("$target")
    bad "$target: $(grep -m 1 -E 'panicked at|ERROR: libFuzzer' "$log" || tail -n 1 "$log")"
    note "the input: $(grep -oE "$kept/found/[^ ]*" "$log" | tail -n 1); all of its words: $log"
  fi
done
[ ${#failed[@]} = 0 ] || die "Bytes from outside stopped: ${failed[*]}."
