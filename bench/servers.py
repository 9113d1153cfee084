"""PostgreSQL servers of a benchmark's own, careful about their data, that can be killed with all their processes."""

import os
import pathlib
import signal
import socket
import time

from postgres import Postgres
from processes import Process

# As an operator has it: every commit is on disk before it is answered.
SETTINGS = """
listen_addresses = '127.0.0.1'
max_connections = 100
shared_buffers = 128MB
max_locks_per_transaction = 256
# Before it recovers, all files are put on disk: at once rather than one by one.
recovery_init_sync_method = syncfs
"""


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Servers(Postgres):
    """Clusters in `folder`, by their names: those of `make cluster` without what keeps them alive."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder, free_port(), None, folder)
        self.ports, self.processes = {}, {}

    def make(self, name, settings="", database="matinee"):
        """A new cluster with an empty database, which runs."""
        data = self.folder / name
        self.run("initdb", "-D", data, "-U", "matinee", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        with open(data / "postgresql.conf", "a") as file:
            file.write(SETTINGS + settings)
        self.begin(name)
        self.sql(f"CREATE DATABASE {database}", self.ports[name])

    def follow(self, name, primary, slot):
        """A streaming standby of `primary`."""
        self.run("pg_basebackup", "-d", f"host=127.0.0.1 port={self.ports[primary]} user=matinee application_name={name}",
                 "-D", self.folder / name, "-R", "-C", "-S", slot, "-X", "stream", "--checkpoint=fast")
        self.begin(name)

    def begin(self, name, tries=100):
        """Starts it and waits until it takes connections. A server whose last processes are still ending refuses at first."""
        port = self.ports.setdefault(name, free_port())
        (self.folder / name / "postmaster.pid").unlink(missing_ok=True)
        for _ in range(tries):
            process = self.processes[name] = self.server(name, port)
            process.start()
            while process.is_running():
                if self.sql("SELECT 1", port, check=False) == "1":
                    return
                time.sleep(0.02)
            time.sleep(0.1)
        raise SystemExit(f"PostgreSQL {name} did not start; its words are in {process.log}")

    def wait_writable(self, name, seconds=600):
        """Until it has recovered and takes writes."""
        end = time.monotonic() + seconds
        while self.sql("SELECT pg_is_in_recovery()", self.ports[name], check=False) != "f":
            if time.monotonic() > end or not self.processes[name].is_running():
                raise SystemExit(f"PostgreSQL {name} takes no writes; its words are in {self.processes[name].log}")
            time.sleep(0.02)

    def workers(self, name):
        """Process ids of all that its postmaster has started."""
        parent, found = self.processes[name].child.pid, []
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except (OSError, IndexError):
                continue
            if int(fields[1]) == parent:
                found.append(int(stat.parent.name))
        return found

    def kill(self, name):
        """All of it at once, as if its machine had lost power."""
        process, workers = self.processes[name], self.workers(name)
        process.child.kill()
        for pid in workers:
            kill(pid)
        process.child.wait()
        while any(is_there(pid) for pid in workers):
            time.sleep(0.005)

    def backends(self, name, database="matinee"):
        """Process ids of the connections to a database."""
        asked = f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}' AND pid <> pg_backend_pid()"
        return [int(pid) for pid in self.sql(asked, self.ports[name]).split()]

    def wait_gone(self, pids, seconds=30):
        """Waits until none of these processes is there."""
        end = time.monotonic() + seconds
        while any(is_there(pid) for pid in pids):
            if time.monotonic() > end:
                raise SystemExit(f"processes of PostgreSQL are still there {seconds} s after one of them was killed")
            time.sleep(0.005)

    def settle(self, name, database="matinee", seconds=30):
        """Waits until nothing of a client that is gone goes on: a COMMIT that had arrived is still done. It may still recover."""
        busy = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND pid <> pg_backend_pid() " \
               "AND backend_type = 'client backend' AND state <> 'idle'"
        end = time.monotonic() + seconds
        while self.sql(busy, self.ports[name], check=False) != "0":
            if time.monotonic() > end:
                raise SystemExit(f"transactions still run {seconds} s after their client was killed")
            time.sleep(0.005)

    def address(self, *names, database="matinee"):
        """One address for all of them: whoever takes writes is found."""
        hosts = ",".join(f"127.0.0.1:{self.ports[name]}" for name in names)
        return f"postgres://matinee@{hosts}/{database}"

    def stop_all(self):
        for process in self.processes.values():
            if process.is_running():
                process.signal(signal.SIGCONT)
                process.signal(signal.SIGQUIT)
                process.child.wait(30)


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def is_there(pid):
    """Whether it still does anything: who has ended stays listed until somebody has asked."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (OSError, IndexError):
        return False


__all__ = ["Process", "Servers", "free_port", "kill"]
