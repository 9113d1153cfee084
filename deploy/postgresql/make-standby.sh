#!/bin/sh
# Once, on the standby, as root: copies the primary and follows it. What was in the data folder is kept beside it.
#   REPLICATOR_PASSWORD=… ./make-standby.sh db1.example.org db2
set -eu
primary=${1:?name the primary} slot=${2:?name this standby, as make-primary.sh was told}
: "${REPLICATOR_PASSWORD:?the password of standbys}"
data=${PGDATA:-/var/lib/postgresql/15/main}

systemctl stop postgresql
[ ! -e "$data" ] || mv "$data" "$data.before-$(date +%Y%m%d%H%M%S)"
# In a file that only its owner reads, rather than in an argument that everybody sees.
pass=/var/lib/postgresql/.pgpass
touch "$pass" && chown postgres: "$pass" && chmod 600 "$pass"
grep -q "^$primary:" "$pass" || echo "$primary:*:*:replicator:$REPLICATOR_PASSWORD" >>"$pass"
runuser -u postgres -- pg_basebackup --dbname="host=$primary user=replicator sslmode=require application_name=$slot" \
  --pgdata="$data" --wal-method=stream --slot="$slot" --checkpoint=fast --write-recovery-conf --progress
systemctl start postgresql
echo "Following $primary. SELECT * FROM pg_stat_replication there shows it."
