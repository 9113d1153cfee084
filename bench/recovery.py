#!/usr/bin/env python3
"""How much is lost, and how long nothing is served, when the machine of the database is lost with its disk while people write.

PostgreSQL: a primary, a standby that streams, and `pg_receivewal`, which copies the log into an archive; a base backup is there. The primary
is killed (SIGKILL, all processes) and its folder removed. Then
  standby   the standby is promoted; the server that was running finds it by itself (two hosts in data.url);
  archive   the standby is lost, too: `matinee backup restore --archive`, PostgreSQL is started on it, and a web instance that has nothing.
SQLite: the server is killed and its data folder removed but for the backups: `matinee backup restore latest`, `matinee serve`.

Lost: the time from the first write that was acknowledged and is not there to the last one that the dying primary acknowledged; 0 when all are
there. Serving: from the order to kill it (of `archive`: from the order to restore) until a write is acknowledged. Nobody's time for noticing is in it.

Usage: bench/recovery.py [--ratings 1000000] [--only postgresql|sqlite] [--server FILE] [--json FILE]; by `bench/run.sh recovery`.
Exit codes: 0 measured and everything within the bars, 1 not, 2 wrong command line.
"""

import argparse
import http.client
import itertools
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

from instance import Client, Failed, Instance, Writers, default_server, new_person, write_movielens
from servers import Process, Servers

PEOPLE = 8
LOAD_S = 10
RATINGS_OF_A_PERSON = 160
# Seconds: what may be lost on PostgreSQL, how long until it serves, how long embedded.
BARS = {"lost": 1, "PostgreSQL": 30, "SQLite": 10}


def ratings(count, films, seed=1):
    """(person, film, stars): people with 160 each, films by Zipf's law."""
    mine = random.Random(seed)
    heights = list(itertools.accumulate(1 / rank for rank in range(1, films + 1)))
    for person in range(1, count // RATINGS_OF_A_PERSON + 1):
        seen = set()
        while len(seen) < min(RATINGS_OF_A_PERSON, films):
            seen.update(mine.choices(range(1, films + 1), cum_weights=heights, k=RATINGS_OF_A_PERSON - len(seen)))
        for film in seen:
            yield person, film, mine.randrange(1, 11) / 2


class Recorder:
    """Rates one film after the other, each once, and remembers when each rating was acknowledged."""

    def __init__(self, user, token, films, seed):
        self.user, self.token, self.acknowledged = user, token, []
        films = list(films)
        random.Random(seed).shuffle(films)
        self.films = iter(films)

    def write(self, client):
        film = next(self.films, None)
        if film is None:
            raise Failed("there are too few films to rate one after the other: more --ratings")
        status, text = client.ask("PUT", f"/api/v1/movies/{film}/rating", '{"stars": 4.5}')
        if status == 200:
            self.acknowledged.append((time.monotonic(), film))
            return True
        if status < 500:
            raise Failed(f"rating was answered {status}: {text[:300]}")
        return False


def said(text):
    print(f"… {text}", flush=True)


class Measured:
    """What both engines share: a filled database, people who write."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.films = max(1000, options.ratings // 100)

    def fill(self, instance, source):
        began = time.monotonic()
        instance.run("import", "movielens", source)
        instance.start()
        self.people = [new_person(instance, f"writer{number}") for number in range(PEOPLE)]
        instance.stop()
        said(f"filled within {time.monotonic() - began:.1f} s")
        began = time.monotonic()
        instance.run("backup", "create")
        return round(time.monotonic() - began, 1)

    def recorders(self, films):
        return [Recorder(user, token, films, user) for user, token in self.people]

    def missing(self, recorders, there, promoted):
        """Writes that were acknowledged until then and are not there, and the seconds from the first of them to the last that was."""
        all_of_them = [(at, (one.user, film)) for one in recorders for at, film in one.acknowledged if at < promoted]
        lost = [at for at, key in all_of_them if key not in there]
        return {"acknowledged": len(all_of_them), "lost_writes": len(lost),
                "lost_s": round(max(all_of_them)[0] - min(lost) + 0.001, 3) if lost else 0}


def first_write(instance, token, film, since, seconds=300):
    """Asks until a write is acknowledged; seconds since `since`."""
    client = Client(instance, token)
    while True:
        try:
            if client.ask("PUT", f"/api/v1/movies/{film}/rating", '{"stars": 3}')[0] == 200:
                return round(time.monotonic() - since, 2)
        except (OSError, http.client.HTTPException):
            pass
        if time.monotonic() - since > seconds:
            raise Failed(f"no write was acknowledged within {seconds} s:\n{instance.last_words()}")
        time.sleep(0.02)


def until_ready(instance, since, seconds=300):
    """Seconds until it says that it is ready, search included."""
    client = Client(instance)
    while client.ask("GET", "/readyz")[0] != 200:
        if time.monotonic() - since > seconds:
            raise Failed(f"not ready within {seconds} s:\n{instance.last_words()}")
        time.sleep(0.02)
    return round(time.monotonic() - since, 2)


class PostgreSQL(Measured):
    def run(self, source):
        self.servers = servers = Servers(self.folder / "postgres")
        try:
            servers.make("primary", "wal_level = replica\nmax_wal_senders = 10\n")
            self.instance = Instance(self.options.server, self.folder / "web", servers.address("primary"))
            # Before the backup: the archive has to have all log from that on.
            archive = self.receive_log()
            backup_s = self.fill(self.instance, source)
            servers.follow("standby", "primary", "standby")
            results = self.lose_the_primary(archive)
            return [dict(one, engine="PostgreSQL", backup_s=backup_s) for one in results]
        finally:
            if getattr(self, "instance", None):
                self.instance.stop()
            servers.stop_all()

    def receive_log(self):
        """What deploy/systemd/matinee-wal.service does."""
        archive = self.servers.folder / "archive"
        archive.mkdir()
        if self.servers.user:
            shutil.chown(archive, self.servers.user, self.servers.user)
        program, url = str(self.servers.bin / "pg_receivewal"), f"host=127.0.0.1 port={self.servers.ports['primary']} user=matinee"
        self.servers.run("pg_receivewal", "--create-slot", "--slot", "matinee_wal", "-d", url)
        command = [program, "--directory", str(archive), "--slot", "matinee_wal", "--synchronous", "-d", url]
        self.receiver = Process("receivewal", command, self.servers.folder, user=self.servers.user)
        self.receiver.start()
        return archive

    def films_and(self, name, sql):
        return self.servers.sql(sql, self.servers.ports[name], "matinee").splitlines()

    def there(self, name):
        users = ", ".join(f"'{user}'" for user, _ in self.people)
        rows = self.films_and(name, f"SELECT user_id, movie_id FROM ratings WHERE user_id IN ({users})")
        return {tuple(row.split("|")) for row in rows}

    def lose_the_primary(self, archive):
        servers, films = self.servers, self.films_and("primary", "SELECT id FROM movies")
        self.instance = Instance(self.options.server, self.folder / "web", servers.address("primary", "standby"))
        self.instance.start()
        recorders = self.recorders(films)
        writers = Writers(self.instance, recorders)
        said(f"{PEOPLE} people write for {LOAD_S} s")
        time.sleep(LOAD_S)
        writers.wait_for(100)
        died = time.monotonic()
        servers.kill("primary")
        shutil.rmtree(servers.folder / "primary")
        before = writers.acknowledged
        said(f"the primary and its disk are gone after {before} acknowledged writes")
        promoted = time.monotonic()
        servers.run("pg_ctl", "promote", "-D", servers.folder / "standby")
        writers.wait_for(before + 1)
        serving = round(time.monotonic() - died, 2)
        writers.wait_for(before + 20)
        writers.end()
        standby = {"by": "standby", "serving_s": serving, **self.missing(recorders, self.there("standby"), promoted)}
        said(json.dumps(standby))
        self.instance.stop()
        self.receiver.stop()
        servers.kill("standby")
        shutil.rmtree(servers.folder / "standby")
        began = time.monotonic()
        self.instance.run("backup", "restore", "latest", "--into", servers.folder / "restored", "--archive", archive)
        laid_down = round(time.monotonic() - began, 2)
        servers.begin("restored")
        servers.wait_writable("restored")
        recovered = round(time.monotonic() - began, 2)
        there = self.there("restored")
        self.instance = Instance(self.options.server, self.folder / "new web", servers.address("restored"))
        self.instance.start()
        token, film = self.people[0][1], films[0]
        restored = {"by": "archive", "laid_down_s": laid_down, "recovered_s": recovered,
                    "serving_s": first_write(self.instance, token, film, began),
                    "search_s": until_ready(self.instance, began), **self.missing(recorders, there, promoted)}
        said(json.dumps(restored))
        return [standby, restored]


class SQLite(Measured):
    def run(self, source):
        instance = Instance(self.options.server, self.folder / "embedded")
        backup_s = self.fill(instance, source)
        data = instance.folder / "data"
        instance.start()
        film = Client(instance).json("GET", "/api/v1/search?limit=1")["movies"][0]["id"]
        first_write(instance, self.people[0][1], film, time.monotonic())
        instance.kill()
        for path in data.iterdir():
            if path.name != "backups":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        try:
            began = time.monotonic()
            instance.run("backup", "restore", "latest")
            laid_down = round(time.monotonic() - began, 2)
            instance.start()
            serving = first_write(instance, self.people[0][1], film, began)
            result = {"engine": "SQLite", "by": "backup", "backup_s": backup_s, "laid_down_s": laid_down,
                      "serving_s": serving, "search_s": until_ready(instance, began)}
            said(json.dumps(result))
            return [result]
        finally:
            instance.stop()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--ratings", type=int, default=1_000_000, help="ratings in the database (1000000)")
    options.add_argument("--only", choices=["postgresql", "sqlite"])
    options.add_argument("--server", default=default_server(), metavar="FILE", help="the program (the release build)")
    options.add_argument("--json", metavar="FILE", help="where the figures go, too")
    options = options.parse_args()
    folder, results = pathlib.Path(tempfile.mkdtemp(prefix="matinee-recovery-")), []
    # PostgreSQL's user has to come through.
    folder.chmod(0o755)
    try:
        said(f"{options.ratings} ratings, load {os.getloadavg()[0]:.1f}")
        films = max(1000, options.ratings // 100)
        write_movielens(folder / "films", films, ratings(options.ratings, films))
        for engine in (PostgreSQL, SQLite):
            if options.only in (None, engine.__name__.lower()):
                results += engine(options, folder).run(folder / "films")
    except (Failed, OSError, http.client.HTTPException) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder)
    within = True
    for one in results:
        good = one["serving_s"] <= BARS[one["engine"]] and one.get("lost_s", 0) <= BARS["lost"]
        within = within and good
        lost = f"{one['lost_writes']} of {one['acknowledged']} writes lost, within {one['lost_s']} s; " if "lost_s" in one else ""
        print(f"{'✓' if good else '✗'} {one['engine']:10} by {one['by']:8} {lost}serving after {one['serving_s']} s")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=2))
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
