#!/usr/bin/env python3
"""Follows docs/operations/tour.md word by word: every command of its `console` blocks, in order, in one shell, in a folder that is removed
afterwards; what is printed must be what the page shows.

A line of the page that begins with `$ ` is a command (with `> `: goes on), all else is what it prints. Ids, times, sizes and durations may differ, `…` stands
for anything, and lines may come between those that are shown. A block after `<!-- not run: why -->` is left out. The page's folder and ports
are replaced by free ones, its folder of programs by that of --server. Who is not root runs PostgreSQL as who they are.

Usage: scripts/tour.py [--server FILE] [--page FILE] [--print] [--keep]; --print shows everything as it goes.
Exit codes: 0 all as it says, 1 something is different (the place in the page, what was wanted and what came), 2 wrong command line.
"""

import argparse
import os
import pathlib
import queue
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "scripts/cluster")]

from instance import default_server, write_site  # noqa: E402
from processes import die_with_parent  # noqa: E402
from servers import free_port  # noqa: E402

PAGE = ROOT / "docs/operations/tour.md"
FOLDER, SITE = "/srv/matinee", "/usr/share/matinee/site"
PORTS = ("5441", "5442", "5443", "5444", "8097")
LONGEST_S = 180
# Ids, names of backups, dates, times, sizes and durations.
FIGURE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{8}T\d{6}Z|\d{4}-\d\d-\d\d|\d\d:\d\d(?::\d\d)?(?:\.\d+)?|[\d.]+ (?:[kMGT]?B|ms|s|min)\b"
)


class Step:
    """A command and what it is to print."""

    def __init__(self, line, command):
        self.line, self.command, self.expected = line, command, []


def steps(text):
    """The commands of the page's blocks."""
    found, inside, skipped = [], None, False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside = None if inside is not None else line[3:].strip()
            if inside is None:
                skipped = False
            continue
        if inside is None and line.startswith("<!-- not run"):
            skipped = True
        if inside != "console" or skipped:
            continue
        if line.startswith("$ "):
            found.append(Step(number, line[2:]))
        elif line.startswith("> "):
            found[-1].command += "\n" + line[2:]
        elif line.strip(" …"):
            found[-1].expected.append(line.strip())
    return found


def pattern(line):
    """What a line of the page may be in this run."""
    words = [r"\S+(?: (?:[kMGT]?B|ms|s|min)\b)?".join(re.escape(part) for part in FIGURE.split(piece)) for piece in line.split("…")]
    # Columns are as wide as what is in them.
    return re.compile(re.sub(r"(?:\\ )+", r"\\s+", ".*".join(words)) + r"$")


def missing(expected, lines):
    """The first expected line that does not come, in order."""
    rest = iter(lines)
    for line in expected:
        wanted = pattern(line)
        if not any(wanted.match(there.strip()) for there in rest):
            return line
    return None


class Shell:
    """One bash for the whole tour, so that what one block sets the next one has."""

    END = "-- the end of a step --"

    def __init__(self, env, folder):
        self.child = subprocess.Popen(["bash", "--noprofile", "--norc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder,
                                      stderr=subprocess.STDOUT, text=True, env=env, preexec_fn=die_with_parent)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.child.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def run(self, command):
        """What it printed, and its exit code; None where it did not end."""
        self.child.stdin.write(f"{command}\necho; echo {shlex.quote(self.END)} $?\n")
        self.child.stdin.flush()
        said, end = [], time.monotonic() + LONGEST_S
        while True:
            try:
                line = self.lines.get(timeout=max(0.1, end - time.monotonic()))
            except queue.Empty:
                return said, None
            if line is None:
                return said, None
            if line.startswith(self.END):
                return said, int(line[len(self.END):])
            said.append(line)

    def end(self):
        self.child.kill()
        self.child.wait()


def stop_what_runs(folder):
    """Ends processes that were started in the tour's folder: they have it in their command or as their place."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            place, command = os.readlink(process / "cwd"), (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        pid = int(process.name)
        if pid != os.getpid() and (place.startswith(str(folder)) or f"{folder}/" in command):
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass


def prepared(text, folder, site):
    """The page with this run's folder and ports."""
    for port in PORTS:
        text = re.sub(rf"\b{port}\b", str(free_port()), text)
    return text.replace(SITE, str(site)).replace(FOLDER, str(folder))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--server", default=default_server(), metavar="FILE", help="the program `matinee` (the release build)")
    options.add_argument("--page", default=PAGE, type=pathlib.Path, metavar="FILE")
    options.add_argument("--print", action="store_true", help="show every command and what it prints")
    options.add_argument("--keep", action="store_true", help="leave the folder")
    options = options.parse_args()
    above = pathlib.Path(tempfile.mkdtemp(prefix="matinee-tour-"))
    above.chmod(0o755)
    folder, site, programs = above / "matinee", write_site(above / "site"), above / "bin"
    programs.mkdir()
    (programs / "matinee").symlink_to(pathlib.Path(options.server).resolve())
    own = {name: text for name, text in os.environ.items() if not name.startswith(("MATINEE_", "PG"))}
    env = dict(own, PATH=f"{programs}:{own['PATH']}", MATINEE_LOG="warn,matinee_server::recommender=off", LC_ALL="C.UTF-8")
    shell, began, wrong = Shell(env, above), time.monotonic(), None
    if os.getuid():
        # Who is not root needs nobody else to run PostgreSQL as.
        shell.run('runuser() { shift 3; "$@"; }; install() { shift 5; command install -d "$@"; }')
    all_steps = steps(prepared(options.page.read_text(), folder, site))
    try:
        folder.parent.mkdir(exist_ok=True)
        for step in all_steps:
            said, code = shell.run(step.command)
            if options.print:
                print(f"$ {step.command}\n" + "\n".join(said))
            lost = missing(step.expected, said)
            if code is None:
                wrong = f"did not end within {LONGEST_S} s"
            elif lost is not None:
                wrong = f"the page shows\n    {lost}\n  which did not come (exit code {code}). It printed"
            elif code and not step.expected:
                wrong = f"failed with exit code {code}. It printed"
            if wrong:
                printed = "\n    ".join(said[-20:]) or "nothing"
                print(f"✗ {options.page}:{step.line}: $ {step.command}\n  {wrong}\n    {printed}", file=sys.stderr)
                return 1
    finally:
        shell.end()
        stop_what_runs(folder)
        if options.keep:
            print(f"  the folder: {above}")
        else:
            shutil.rmtree(above, ignore_errors=True)
    print(f"✓ {len(all_steps)} commands of {options.page.name}, as it says ({time.monotonic() - began:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
