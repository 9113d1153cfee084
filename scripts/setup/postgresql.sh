# PostgreSQL's server programs: the tests make clusters of their own, and remove them. The one that Debian's package makes
# is neither needed nor started.
# shellcheck shell=bash
step_title() { echo "PostgreSQL's server programs"; }
step_work() { echo "installing PostgreSQL's server programs"; }
step_check() { compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || [ -x "${MATINEE_TEST_PG_BIN:-}/initdb" ]; }
step_do() {
  # Debian's way to say that no service may be started: 101 is "forbidden by policy". It stays as it was afterwards.
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    made=yes
  fi
  local status=0
  apt_install postgresql || status=$?
  [ -z "$made" ] || as_root rm -f "$policy"
  return "$status"
}
step_help() {
  echo "Install them, or name the folder that holds initdb:"
  echo "  sudo apt-get install --no-install-recommends postgresql"
  echo "  MATINEE_TEST_PG_BIN=/usr/lib/postgresql/15/bin make test"
}
