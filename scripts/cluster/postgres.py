"""PostgreSQL: a primary and a streaming standby, reachable on this machine alone and by anybody on it."""

import glob
import os
import pathlib
import shutil
import signal
import subprocess
import time

from processes import Process

SETTINGS = """
listen_addresses = '127.0.0.1'
max_connections = 200
shared_buffers = 256MB
max_locks_per_transaction = 256
wal_level = replica
max_wal_senders = 10
wal_log_hints = on
hot_standby_feedback = on
"""


def programs():
    """The folder of PostgreSQL's programs."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if not found:
        raise SystemExit("PostgreSQL's server programs are not here. Run: scripts/setup.sh cluster")
    return pathlib.Path(found[-1]).parent


class Postgres:
    """`folder` holds both clusters; ports are `port` and `port + 1`. `settings` hold for as long as they run, beside those in their folders."""

    def __init__(self, folder, port, keeper, log_dir, settings=None):
        self.bin, self.folder, self.port, self.keeper, self.log_dir = programs(), folder, port, keeper, log_dir
        self.settings = [word for name, value in (settings or {}).items() for word in ("-c", f"{name}={value}")]
        # PostgreSQL refuses to run as root.
        self.user = "postgres" if os.getuid() == 0 else None
        folder.mkdir(parents=True, exist_ok=True)
        if self.user:
            shutil.chown(folder, self.user, self.user)

    def run(self, program, *arguments, check=True):
        who = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        command = [str(self.bin / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **who)
        if check and done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
        return done.stdout.strip()

    def sql(self, text, port=None, database="postgres", check=True):
        return self.run("psql", "-XAtq", "-h", "127.0.0.1", "-p", port or self.port, "-U", "matinee", "-d", database,
                        "-c", text, check=check)

    def server(self, name, port):
        data = self.folder / name
        command = [str(self.bin / "postgres"), "-D", str(data), "-p", str(port), "-k", str(self.folder), *self.settings]
        # INT: open transactions are rolled back, and it ends.
        ready = lambda: self.sql("SELECT 1", port, check=False) == "1"  # noqa: E731
        return Process(f"postgres-{name}", command, self.log_dir, ready=ready, user=self.user, stop_signal=signal.SIGINT)

    def wait(self, port):
        for _ in range(300):
            if self.run("pg_isready", "-h", "127.0.0.1", "-p", port, "-q", check=False) == "" and \
                    self.sql("SELECT 1", port, check=False) == "1":
                return
            time.sleep(0.1)
        raise SystemExit(f"PostgreSQL on port {port} did not start; its words are in {self.log_dir}")

    def start(self):
        primary, standby = self.folder / "primary", self.folder / "standby"
        if not (primary / "PG_VERSION").exists():
            self.run("initdb", "-D", primary, "-U", "matinee", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
            with open(primary / "postgresql.conf", "a") as settings:
                settings.write(SETTINGS)
        (primary / "postmaster.pid").unlink(missing_ok=True)
        self.primary = self.keeper.add(self.server("primary", self.port))
        self.wait(self.port)
        if self.sql("SELECT 1 FROM pg_database WHERE datname = 'matinee'") != "1":
            self.sql("CREATE DATABASE matinee")
        # The standby is a new copy each time: that takes a second, and nothing can be wrong with it.
        shutil.rmtree(standby, ignore_errors=True)
        self.sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active")
        self.run("pg_basebackup", "-d", f"host=127.0.0.1 port={self.port} user=matinee application_name=standby",
                 "-D", standby, "-R", "-C", "-S", "standby", "-X", "stream", "--checkpoint=fast", "--no-sync")
        self.standby = self.keeper.add(self.server("standby", self.port + 1))
        self.wait(self.port + 1)

    def url(self, port=None):
        return f"postgres://matinee@127.0.0.1:{port or self.port}/matinee"

    def lag(self):
        """How far the standby is behind: bytes and seconds, or None when it does not follow."""
        query = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), coalesce(extract(epoch FROM replay_lag), 0) " \
                "FROM pg_stat_replication LIMIT 1"
        row = self.sql(query, check=False)
        if "|" not in row:
            return None
        size, seconds = row.split("|")
        return int(float(size or 0)), float(seconds or 0)
