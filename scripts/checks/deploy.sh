#!/usr/bin/env bash
# What deploy/ holds, read by the programs that it is for, as far as they are on this machine: systemd, keepalived, bash, the director; Kubernetes' and
# Compose's files by schema and by what they name (deploy.py). What could not be looked at is said.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT/deploy"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
# check WHAT COMMAND…: its output is shown when it failed.
check() {
  local what=$1 out
  shift
  if out=$("$@" 2>&1); then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    bad "$what"
    sed 's/^/  /' <<<"$out" >&2
  fi
}

# unit FILE: with programs that are there in place of ours and PostgreSQL's, for whether they are installed is not the question.
unit() {
  sed -E 's#^(Exec[A-Za-z]*=)(/usr/local/bin|/usr/lib/postgresql/[0-9]+/bin)/[^ ]+#\1/bin/true#' "$1" >"$work/$(basename "$1")"
  local said
  said=$(systemd-analyze verify --man=no "$work/$(basename "$1")" 2>&1 | grep -F "$work" || true)
  [ -z "$said" ] || { echo "$said"; return 1; }
}
if have systemd-analyze; then
  for file in systemd/*.service systemd/*.timer; do cp "$file" "$work/"; done
  for file in systemd/*.service; do check "$file" unit "$file"; done
  for file in systemd/*.timer; do check "$file" unit "$file"; done
else
  note "systemd-analyze is not here: units were not looked at"
fi

# keepalived wants the scripts that it is told of, and a network device that is there and more than the machine's own.
device=$(ls /sys/class/net | grep -vx lo | head -n 1 || true)
keepalived_reads() {
  cp keepalived/check-director.sh "$work/check-director.sh"
  sed "s#/usr/local/lib/matinee/check-director.sh#$work/check-director.sh#; s/\beth0\b/$device/g" keepalived/keepalived.conf >"$work/keepalived.conf"
  keepalived --config-test --use-file "$work/keepalived.conf"
}
if have keepalived && [ -n "$device" ]; then
  check keepalived/keepalived.conf keepalived_reads
else
  note "keepalived or a network is not here: its file was not looked at"
fi

while read -r script; do check "$script" bash -n "$script"; done < <(find . -name '*.sh')

director=$CARGO_TARGET_DIR/release/matinee-director
[ -x "$director" ] || director=$DIRECTOR
if [ -x "$director" ]; then
  check compose/director.toml "$director" check compose/director.toml
else
  note "the director is not built: its settings were not looked at"
fi

python=$MATINEE_CACHE_DIR/deploy-linters/bin/python
[ -x "$python" ] || die "The linters of deploy/ are missing." "Run: scripts/setup.sh test"
check "kubernetes/matinee.yaml, by Kubernetes' schemas" "$(dirname "$python")/kubernetes-validate" --strict kubernetes/matinee.yaml
for file in compose/*.yaml kubernetes/*.yaml; do check "$file" "$python" -B ../scripts/checks/deploy.py "$file" "$director"; done

[ -z "${RESULTS:-}" ] || echo "$passed $failed" >"$RESULTS/deploy.counts"
echo "deploy/: $passed checks passed, $failed failed"
[ "$failed" = 0 ]
