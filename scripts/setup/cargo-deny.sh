# cargo-deny checks licences, bans and sources of the dependencies.
# shellcheck shell=bash
. "$ROOT/scripts/setup/cargo-tool.sh"
step_title() { echo "cargo-deny $CARGO_DENY_VERSION"; }
step_work() { echo "building cargo-deny $CARGO_DENY_VERSION (about 4 minutes)"; }
step_check() { [ "$(version_of cargo-deny)" = "$CARGO_DENY_VERSION" ]; }
step_do() { build_tool cargo-deny "$CARGO_DENY_VERSION" --locked; }
step_help() { tool_help cargo-deny --version "$CARGO_DENY_VERSION" --locked; }
