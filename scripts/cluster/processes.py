"""Processes that are kept alive: one that ends is started again, as systemd would; all end with this program."""

import ctypes
import os
import pathlib
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL("libc.so.6", use_errno=True)


def die_with_parent():
    """In the child: it is told to stop when this program is gone, even if that was killed."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def get(url, timeout=2):
    """The answer's status and text; 0 when there was none."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError:
        return 0, ""


def family(pid):
    """A process and all below it."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


class Process:
    """One process. `ready`: the address that says 200 when it serves, or a function that tells."""

    def __init__(self, name, command, log_dir, env=None, ready=None, user=None, stop_signal=signal.SIGTERM):
        self.name, self.command, self.ready, self.user = name, command, ready, user
        self.env = dict(os.environ, **(env or {}))
        self.log = pathlib.Path(log_dir) / f"{name}.log"
        self.stop_signal = stop_signal
        self.child = None
        self.held = False
        self.restarts = 0
        self.lock = threading.Lock()

    def start(self):
        with self.lock:
            self.held = False
            if self.is_running():
                return
            with open(self.log, "ab") as log:
                who = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
                self.child = subprocess.Popen(
                    self.command, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True, preexec_fn=die_with_parent, **who,
                )

    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def is_ready(self):
        if not self.is_running():
            return False
        if callable(self.ready):
            return self.ready()
        return self.ready is None or get(self.ready)[0] == 200

    def wait_ready(self, seconds=120):
        began = time.monotonic()
        while not self.is_ready():
            if time.monotonic() - began > seconds or (self.child and self.child.poll() is not None):
                tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
                raise SystemExit(f"{self.name} did not become ready. Its last words ({self.log}):\n{tail}")
            time.sleep(0.1)

    def signal(self, number):
        if self.is_running():
            self.child.send_signal(number)

    def stop(self, seconds=20):
        """Asks it to stop, and waits; it stays away until started."""
        self.held = True
        if not self.is_running():
            return
        self.signal(signal.SIGCONT)
        self.signal(self.stop_signal)
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class Keeper:
    """All processes, in the order of their start."""

    def __init__(self):
        self.all = []
        self.stopping = threading.Event()
        threading.Thread(target=self.keep, daemon=True).start()

    def add(self, process):
        self.all.append(process)
        process.start()
        return process

    def keep(self):
        while not self.stopping.wait(0.5):
            for process in list(self.all):
                if not process.held and process.child is not None and not process.is_running():
                    process.restarts += 1
                    process.start()

    def pids(self):
        """Of all that run, with all below them."""
        running = [process.child.pid for process in self.all if process.is_running()]
        return [pid for one in running for pid in family(one)]

    def stop_all(self):
        self.stopping.set()
        for process in reversed(self.all):
            process.stop()
