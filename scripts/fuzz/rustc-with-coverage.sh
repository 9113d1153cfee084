#!/bin/sh
# rustc for our own crates, so compiled that libFuzzer sees which of their code an input leads to: RUSTC_WORKSPACE_WRAPPER of scripts/fuzz.sh. The flags are
# those of cargo-fuzz without a sanitizer, which stable Rust knows. Programs that run while building are left as they are.
for argument; do
  case $argument in build_script_build | proc-macro) exec "$@" ;; esac
done
exec "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
  -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Coverflow-checks
