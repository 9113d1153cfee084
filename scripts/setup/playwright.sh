# Playwright and axe, from end2end's lock file. Playwright's own browsers are not fetched.
# shellcheck shell=bash
playwright_stamp() { echo "$ROOT/end2end/node_modules/.installed-$(sha256_of "$ROOT/end2end/package-lock.json" | cut -c 1-12)"; }
step_title() { echo "Playwright"; }
step_work() { echo "fetching Playwright"; }
step_check() { [ -e "$(playwright_stamp)" ]; }
step_do() {
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm_ci "$ROOT/end2end"
  : >"$(playwright_stamp)"
}
step_help() { echo "The npm registry has to be reachable. Run the same command again once it is."; }
