# What reads deploy/ for mistakes: Kubernetes' own schemas (kubernetes-validate of PyPI), and YAML for the rest, in a place of its own.
# shellcheck shell=bash
DEPLOY_LINTERS=$MATINEE_CACHE_DIR/deploy-linters
deploy_stamp() { echo "$DEPLOY_LINTERS/.installed-$(sha256_of "$ROOT/scripts/checks/requirements-deploy.txt" | cut -c 1-12)"; }
step_title() { echo "Kubernetes' schemas (kubernetes-validate)"; }
step_work() { echo "fetching Kubernetes' schemas (a few seconds)"; }
step_check() { [ -e "$(deploy_stamp)" ]; }
step_do() {
  python3 -m venv --help >/dev/null 2>&1 && python3 -c 'import ensurepip' || apt_install python3-venv
  rm -rf "$DEPLOY_LINTERS"
  python3 -m venv "$DEPLOY_LINTERS"
  attempt 3 "$DEPLOY_LINTERS/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$ROOT/scripts/checks/requirements-deploy.txt"
  : >"$(deploy_stamp)"
}
step_help() { echo "PyPI has to be reachable. Run the same command again once it is."; }
