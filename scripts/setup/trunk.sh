# Trunk builds the browser bundle.
# shellcheck shell=bash
. "$ROOT/scripts/setup/cargo-tool.sh"
step_title() { echo "Trunk $TRUNK_VERSION"; }
step_work() { echo "building Trunk $TRUNK_VERSION (about 5 minutes)"; }
step_check() { [ "$(version_of trunk)" = "$TRUNK_VERSION" ]; }
step_do() { build_tool trunk "$TRUNK_VERSION" --locked; }
step_help() { tool_help trunk --version "$TRUNK_VERSION" --locked; }
