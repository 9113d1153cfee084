#!/bin/bash
# The lowest switch: which addresses DNS should name now. Prints those of the directors that answer; when none does, those of the web
# instances that do. Run it every few seconds from outside (a timer, a cron job on the name server), and give the lines to DNS:
#   MATINEE_PUBLIC_DIRECTORS=192.0.2.10:80,198.51.100.10:80 MATINEE_PUBLIC_INSTANCES=192.0.2.21:80,192.0.2.22:80 \
#     deploy/dns/switch.sh --nsupdate films.example.org. 60 | nsupdate -k /etc/bind/matinee.key
# Without --nsupdate it prints one address a line. Exit codes: 0 somebody answers, 1 nobody does (then nothing is printed, and DNS
# stays as it is), 2 wrong use.
set -u

# answers ADDRESS:PORT: whether a web server says anything but an error there, within two seconds.
answers() {
  timeout 2 bash -c '
    exec 3<>"/dev/tcp/${1%:*}/${1##*:}" || exit 1
    printf "GET / HTTP/1.0\r\nHost: %s\r\n\r\n" "${1%:*}" >&3
    read -r _ status _ <&3
    [ "$status" -lt 500 ]' _ "$1" 2>/dev/null
}

# all_of LIST: those of a list separated by commas that answer.
all_of() {
  local one list
  IFS=, read -ra list <<<"$1"
  for one in "${list[@]}"; do
    if answers "$one"; then echo "${one%:*}"; fi
  done
}

if [ -z "${MATINEE_PUBLIC_DIRECTORS:-}" ] || [ -z "${MATINEE_PUBLIC_INSTANCES:-}" ]; then
  echo "switch.sh needs MATINEE_PUBLIC_DIRECTORS and MATINEE_PUBLIC_INSTANCES: addresses with ports, separated by commas" >&2
  exit 2
fi
found=$(all_of "$MATINEE_PUBLIC_DIRECTORS")
[ -n "$found" ] || found=$(all_of "$MATINEE_PUBLIC_INSTANCES")
[ -n "$found" ] || exit 1
case ${1:-} in
  "") echo "$found" ;;
  --nsupdate)
    name=${2:?the name, with its dot} ttl=${3:-60}
    echo "update delete $name A"
    while read -r address; do echo "update add $name $ttl A $address"; done <<<"$found"
    echo send
    ;;
  *) echo "switch.sh knows --nsupdate NAME TTL, not '$1'" >&2; exit 2 ;;
esac
