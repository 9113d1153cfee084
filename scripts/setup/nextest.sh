# cargo-nextest runs the tests.
# shellcheck shell=bash
. "$ROOT/scripts/setup/cargo-tool.sh"
step_title() { echo "cargo-nextest"; }
step_work() { echo "building cargo-nextest $CARGO_NEXTEST_VERSION (about 5 minutes)"; }
# Any version will do: its closing line has not changed.
step_check() { have cargo-nextest; }
step_do() { build_tool cargo-nextest "$CARGO_NEXTEST_VERSION" --locked; }
step_help() { tool_help cargo-nextest --version "$CARGO_NEXTEST_VERSION" --locked; }
