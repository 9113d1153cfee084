#!/bin/sh
# Stops and removes all of the tests' PostgreSQL in folder $1 when no test has used it for three seconds.
base=$1
idle=0
while :; do
  while [ "$idle" -lt 3 ]; do
    sleep 1
    if flock -n -x "$base/users.lock" true; then idle=$((idle + 1)); else idle=0; fi
  done
  # Who uses the cluster has held this one first: nobody can come in between.
  exec 9>"$base/start.lock"
  flock -x 9
  flock -n -x "$base/users.lock" true && break
  exec 9>&-
  idle=0
done
for file in "$base"/*/data/postmaster.pid; do
  [ -e "$file" ] || continue
  pid=$(head -n 1 "$file")
  kill -QUIT "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
done
# Out of the way in one step: a test that begins while files are being removed makes a folder of its own.
gone=$base.$$
mv "$base" "$gone" && rm -rf "$gone"
