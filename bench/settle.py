#!/usr/bin/env python3
"""Lets an instance finish what it does after its first start beside serving: embedding films' descriptions, statistics, warming.

What is measured on a copy of its data afterwards is the instance as it is for most of its life, and not its first minute.

Usage: bench/settle.py SERVER, with the environment of `matinee serve`; or `settle.wait_for_rest(pids)` for processes that run.
"""

import os
import signal
import subprocess
import sys
import time

# At rest: so many seconds, one after the other, with less than this share of a core, all processes together.
CALM_S, CALM_SHARE = 4, 0.15
LONGEST_S = 600
PORT = 18599


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            # It has ended; what it used counts no more, and this second not as a calm one.
            continue
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def wait_for_rest(pids):
    """Until these processes do hardly anything."""
    pids, calm, began = list(pids), 0, time.monotonic()
    while calm < CALM_S:
        before = cpu_seconds(pids)
        time.sleep(1)
        calm = calm + 1 if cpu_seconds(pids) - before < CALM_SHARE else 0
        if time.monotonic() - began > LONGEST_S:
            sys.exit(f"the processes {pids} were never at rest in {LONGEST_S} s")


def main():
    server = subprocess.Popen([sys.argv[1], "serve"], env=dict(os.environ, PORT=str(PORT), MATINEE_LOG="error"), stdout=subprocess.DEVNULL)
    try:
        time.sleep(2)
        if server.poll() is not None:
            sys.exit(f"the server ended ({server.returncode})")
        wait_for_rest([server.pid])
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


if __name__ == "__main__":
    main()
