#!/bin/sh
# Once, on the primary, as root: the roles, the database and the standby's slot. May run twice.
#   MATINEE_PASSWORD=… REPLICATOR_PASSWORD=… ./make-primary.sh db2
set -eu
standby=${1:?name the standby, such as db2}
: "${MATINEE_PASSWORD:?the password of the service}" "${REPLICATOR_PASSWORD:?the password of standbys}"

sql() { runuser -u postgres -- psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$@"; }

# By variables of psql, which quotes them.
sql --set=service="$MATINEE_PASSWORD" --set=standbys="$REPLICATOR_PASSWORD" --set=slot="$standby" <<'SQL'
SELECT 'CREATE ROLE matinee LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'matinee') \gexec
SELECT 'CREATE ROLE replicator LOGIN REPLICATION' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'replicator') \gexec
ALTER ROLE matinee PASSWORD :'service';
ALTER ROLE replicator PASSWORD :'standbys';
SELECT 'CREATE DATABASE matinee OWNER matinee ENCODING ''UTF8'' TEMPLATE template0'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'matinee') \gexec
SELECT pg_create_physical_replication_slot(:'slot')
  WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = :'slot');
-- What pg_rewind reads, for making a standby of a former primary.
GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean), pg_read_binary_file(text),
  pg_read_binary_file(text, bigint, bigint, boolean) TO replicator;
SQL
echo "The primary is ready. On $standby: REPLICATOR_PASSWORD=… ./make-standby.sh $(hostname -f) $standby"
