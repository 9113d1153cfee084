# wasm-bindgen's command line has to be the very version of the library in Cargo.lock.
# shellcheck shell=bash
. "$ROOT/scripts/setup/cargo-tool.sh"
step_title() { echo "wasm-bindgen $(wasm_bindgen_version)"; }
step_work() { echo "building wasm-bindgen $(wasm_bindgen_version) (about 2 minutes)"; }
step_check() { [ "$(version_of wasm-bindgen)" = "$(wasm_bindgen_version)" ]; }
# Not --locked: the lock file it was published with names a crate that is gone.
step_do() { build_tool wasm-bindgen-cli "$(wasm_bindgen_version)"; }
step_help() { tool_help wasm-bindgen-cli --version "$(wasm_bindgen_version)"; }
