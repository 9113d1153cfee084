# What `make audit` scans with: wapiti, sqlmap and schemathesis of PyPI, each in a place of its own, for they want different versions of the same
# libraries; and MDN's HTTP Observatory of npm. `make test` has a small form of each (scripts/checks/scanners.sh).
# shellcheck shell=bash
SCANNERS_DIR=$MATINEE_CACHE_DIR/audit
scanners() { echo "schemathesis wapiti sqlmap"; }
scanner_stamp() { echo "$SCANNERS_DIR/$1/.installed-$(sha256_of "$ROOT/scripts/audit/requirements-$1.txt" | cut -c 1-12)"; }
observatory_stamp() { echo "$SCANNERS_DIR/observatory/.installed-$(sha256_of "$ROOT/scripts/audit/observatory/package-lock.json" | cut -c 1-12)"; }
step_title() { echo "scanners: Observatory, $(scanners)"; }
step_work() { echo "fetching scanners: Observatory, $(scanners) (about 2 minutes)"; }

step_check() {
  local name
  for name in $(scanners); do [ -e "$(scanner_stamp "$name")" ] || return 1; done
  [ -e "$(observatory_stamp)" ] && have openssl
}

# install_scanner NAME: a Python environment with just what its list names.
install_scanner() {
  local into=$SCANNERS_DIR/$1
  [ -e "$(scanner_stamp "$1")" ] && return
  rm -rf "$into"
  python3 -m venv "$into"
  attempt 3 "$into/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$ROOT/scripts/audit/requirements-$1.txt"
  : >"$(scanner_stamp "$1")"
}

install_observatory() {
  local into=$SCANNERS_DIR/observatory
  [ -e "$(observatory_stamp)" ] && return
  rm -rf "$into" && mkdir -p "$into"
  cp "$ROOT"/scripts/audit/observatory/package*.json "$into"
  # Without the packages' own scripts: they compile a database client, and fetch lists.
  (cd -P "$into" && attempt 3 npm ci --ignore-scripts --no-audit --no-fund)
  # Hosts that browsers know to be https alone: nobody here is one of them.
  echo '{}' >"$into/node_modules/@mdn/mdn-http-observatory/conf/hsts-preload.json"
  : >"$(observatory_stamp)"
}

step_do() {
  local name
  have openssl || apt_install openssl
  python3 -m venv --help >/dev/null 2>&1 && python3 -c 'import ensurepip' || apt_install python3-venv
  for name in $(scanners); do install_scanner "$name"; done
  install_observatory
}
step_help() {
  echo "PyPI and the npm registry have to be reachable, and Python has to be 3.10 or newer. Run the same command again once they are."
}
