#!/bin/bash
# keepalived's question to its director: does it serve, and has it somebody to send requests to? By the shell alone, so that
# nothing has to be installed for it.  check-director.sh http://127.0.0.1:9100/readyz
rest=${1#http://}
address=${rest%%/*}
exec 3<>"/dev/tcp/${address%:*}/${address##*:}" || exit 1
printf 'GET /%s HTTP/1.0\r\nHost: %s\r\n\r\n' "${rest#*/}" "$address" >&3
read -r _ status _ <&3
[ "$status" = 200 ]
