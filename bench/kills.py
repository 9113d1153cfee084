#!/usr/bin/env python3
"""Kills `matinee serve` (SIGKILL) again and again while people write to it through its API, and holds what is there afterwards against
what it had acknowledged: no acknowledged write is lost, and every row's versions are those of its journal, without a gap.

Each round: people rate, take ratings back and mark films, each one request after the other; after a seeded number of acknowledgements
and a seeded moment more something is killed; it is started again and looked at. On SQLite that is the server, sometimes while it starts. On
PostgreSQL it is also one of the database's processes (it then recovers by itself under a server that goes on), the whole
database, or both; the database has a cluster of its own, in a temporary folder, with every commit on disk.

A process that is killed leaves the machine's cache of files as it is: this is no test of losing power.

Usage: bench/kills.py [--rounds 1000] [--sqlite N] [--postgresql N] [--seed 1] [--server FILE] [--json FILE]; by `bench/run.sh kills`.
Exit codes: 0 nothing lost, 1 something was (the folder with everything is kept and named), 2 wrong command line.
"""

import argparse
import collections
import http.client
import json
import pathlib
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid

from instance import Client, Failed, Instance, Writers, default_server, film_ids, new_person, write_movielens
from servers import Servers, kill

PEOPLE, FILMS = 4, 6
# What is killed, and how often of a hundred.
VICTIMS = {
    "SQLite": {"the server": 92, "the server while it starts": 8},
    "PostgreSQL": {"the server": 62, "the server while it starts": 8, "a process of the database": 15, "the database": 10,
                   "both": 5},
}
# Rounds after which the whole journal is read again rather than what was added.
WHOLE_JOURNAL_EVERY = 100


class Person:
    """Writes one thing after the other, and knows what may be there: one value, or two where an answer is missing."""

    def __init__(self, user, token, films, seed):
        self.user, self.token, self.films, self.random = user, token, films, random.Random(seed)
        self.possible = {(table, film): {None} for table in ("ratings", "marks") for film in films}
        self.acknowledged = self.unanswered = 0

    def write(self, client):
        film, what = self.random.choice(self.films), self.random.random()
        if what < 0.85:
            stars = self.random.randrange(1, 11) / 2 if what < 0.7 else None
            key, path, wanted = ("ratings", film), f"/api/v1/movies/{film}/rating", stars
            body = stars and json.dumps({"stars": stars})
        else:
            wanted = True if what < 0.95 else None
            key, path, body = ("marks", film), f"/api/v1/movies/{film}/marks/not_interested", None
        self.possible[key] = self.possible[key] | {wanted}
        try:
            status, text = client.ask("PUT" if wanted else "DELETE", path, body)
        except (OSError, http.client.HTTPException):
            self.unanswered += 1
            raise
        if status in (200, 204):
            self.possible[key] = {wanted}
            self.acknowledged += 1
            return True
        if status < 500:
            raise Failed(f"{path} was answered {status}: {text[:300]}")
        self.unanswered += 1
        return False


class Journal:
    """Every change of people's ratings and marks in order; follows each row from version to version."""

    def __init__(self, rows, people):
        self.rows, self.people = rows, {person.user for person in people}
        self.begin()

    def begin(self):
        self.last, self.versions, self.entries = "0" * 32, {}, 0

    def read(self):
        for at, table, key, before, after in self.rows(entries_since(self.rows, self.last)):
            self.last = max(self.last, at)
            parts = json.loads(key)
            if parts[0] not in self.people:
                continue
            row = (table, parts[0], parts[1])
            if self.versions.get(row) != number(before):
                raise Failed(f"the journal of {row} goes from version {self.versions.get(row)} on with {number(before)}")
            self.versions[row] = number(after)
            self.entries += 1


def number(text):
    return None if text in (None, "") else int(text)


def entries_since(rows, last):
    ids, since = ("lower(hex({}))", f"x'{last}'") if rows.engine == "SQLite" else \
        ("replace({}::text, '-', '')", f"'{uuid.UUID(last)}'::uuid")
    wanted = "table_name IN ('ratings', 'marks') AND row_key <> ''"
    return f"SELECT {ids.format('id')} AS at, table_name, row_key, version_before, version_after, 0 AS position " \
           f"FROM change_sets WHERE {wanted} AND id > {since} UNION ALL " \
           f"SELECT {ids.format('change_set')}, table_name, row_key, version_before, version_after, position " \
           f"FROM changes WHERE {wanted} AND change_set > {since} ORDER BY 1, 6"


class SqliteRows:
    engine = "SQLite"

    def __init__(self, path):
        self.path = path

    def __call__(self, sql):
        database = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)
        try:
            return [row[:5] for row in database.execute(sql)]
        finally:
            database.close()


class PostgresRows:
    engine = "PostgreSQL"

    def __init__(self, servers, name):
        self.servers, self.name = servers, name

    def __call__(self, sql):
        lines = self.servers.sql(sql, self.servers.ports[self.name], "matinee").splitlines()
        return [line.split("|")[:5] for line in lines]


class Trial:
    """One engine, killed again and again."""

    def __init__(self, engine, server, folder, seed):
        self.engine, self.random = engine, random.Random(f"{engine} {seed}")
        self.folder, self.servers, url = pathlib.Path(folder) / engine.lower(), None, ""
        self.folder.mkdir()
        if engine == "PostgreSQL":
            self.servers = Servers(self.folder / "postgres")
            self.servers.make("primary")
            url = self.servers.address("primary")
        self.instance = Instance(server, self.folder, url)
        write_movielens(self.folder / "films", FILMS, [(1, film, 4) for film in range(1, FILMS + 1)])
        self.instance.run("import", "movielens", self.folder / "films")
        self.starts = [self.instance.start()]
        films = film_ids(self.instance, FILMS)
        if len(films) != FILMS:
            raise Failed(f"{len(films)} films were found instead of {FILMS}")
        self.people = [Person(*new_person(self.instance, f"writer{number}"), films, f"{seed} {number}")
                       for number in range(PEOPLE)]
        self.rows = PostgresRows(self.servers, "primary") if self.servers else \
            SqliteRows(self.folder / "data/matinee.db")
        self.journal = Journal(self.rows, self.people)
        self.killed = collections.Counter()
        # Each once before chance decides, so that few rounds show everything.
        self.first = list(VICTIMS[engine])

    def round(self):
        victims = VICTIMS[self.engine]
        victim = self.first.pop() if self.first else self.random.choices(list(victims), victims.values())[0]
        wanted, moment = self.random.randrange(1, 60), self.random.uniform(0, 0.01)
        writers = Writers(self.instance, self.people)
        writers.wait_for(wanted)
        time.sleep(moment)
        if victim == "a process of the database":
            backends = self.servers.backends("primary")
            kill(self.random.choice(backends))
            # The database ends all others, too, and recovers. Before it has noticed, it still answers.
            self.servers.wait_gone(backends)
        elif victim in ("the database", "both"):
            self.servers.kill("primary")
        if victim not in ("a process of the database", "the database"):
            self.instance.kill()
            writers.end()
        if victim in ("the database", "both"):
            self.servers.begin("primary")
        if self.instance.is_running():
            # It finds the database again by itself, and takes writes.
            writers.wait_for(writers.acknowledged + 5)
            writers.end()
        elif victim == "the server while it starts":
            self.instance.spawn()
            time.sleep(self.random.uniform(0, 1.5 * statistics.median(self.starts)))
            self.instance.kill()
        if not self.instance.is_running():
            self.starts.append(self.instance.start())
        if self.servers:
            self.servers.settle("primary")
        self.killed[victim] += 1

    def check(self):
        """Everything that was acknowledged is there, and nothing that was not asked for."""
        self.journal.read()
        for person in self.people:
            shown = {("ratings", one["movie"]["id"]): one["stars"] for one in self.ratings_of(person)}
            where = f"user_id = x'{uuid.UUID(person.user).hex}'" if self.engine == "SQLite" else \
                f"user_id = '{person.user}'"
            columns = "lower(hex(movie_id))" if self.engine == "SQLite" else "movie_id::text"
            versions, marks = {}, {}
            for table in ("ratings", "marks"):
                for film, version in self.rows(f"SELECT {columns}, version FROM {table} WHERE {where}"):
                    versions[table, str(uuid.UUID(film))] = int(version)
                    if table == "marks":
                        marks["marks", str(uuid.UUID(film))] = True
            for key, possible in person.possible.items():
                there = (shown if key[0] == "ratings" else marks).get(key)
                if there not in possible:
                    raise Failed(f"{key} of {person.user} is {there}; acknowledged was {sorted(possible, key=str)}")
                person.possible[key] = {there}
                journaled = self.journal.versions.get((key[0], person.user, key[1]))
                if versions.get(key) != journaled:
                    raise Failed(f"{key} of {person.user} has version {versions.get(key)}, its journal ends at {journaled}")
        wrong = "SELECT count(*), 0 FROM movies AS m WHERE rating_count <> " \
                "(SELECT count(*) FROM ratings AS r WHERE r.movie_id = m.id) OR rating_sum_half_stars <> " \
                "(SELECT coalesce(sum(half_stars), 0) FROM ratings AS r WHERE r.movie_id = m.id)"
        if int(self.rows(wrong)[0][0]):
            raise Failed("a film's statistics are not those of its ratings")

    def ratings_of(self, person):
        """As the server shows them; a connection to the database that broke may cost a read."""
        client = Client(self.instance, person.token)
        end = time.monotonic() + 15
        try:
            while True:
                status, text = client.ask("GET", "/api/v1/me/ratings?limit=100")
                if status == 200:
                    return json.loads(text)["ratings"]
                if time.monotonic() > end:
                    raise Failed(f"ratings can't be read: {status} {text[:300]}")
                time.sleep(0.05)
        finally:
            client.close()

    def run(self, rounds):
        began = time.monotonic()
        for done in range(1, rounds + 1):
            try:
                self.round()
                if done % WHOLE_JOURNAL_EVERY == 0 or done == rounds:
                    self.journal.begin()
                self.check()
            except Failed as error:
                raise Failed(f"{self.engine}, round {done}, killed until then {dict(self.killed)}: {error}") from error
            if done % 50 == 0:
                print(f"  {self.engine}: {done} rounds, {self.journal.entries} changes journaled, "
                      f"{time.monotonic() - began:.0f} s", flush=True)
        if self.engine == "SQLite" and self.rows("PRAGMA integrity_check") != [("ok",)]:
            raise Failed("the database's structure is damaged")
        acknowledged = sum(person.acknowledged for person in self.people)
        return {"engine": self.engine, "rounds": rounds, "killed": dict(self.killed), "acknowledged": acknowledged,
                "unanswered": sum(person.unanswered for person in self.people), "journaled": self.journal.entries,
                "lost": 0, "start_ms_median": round(1000 * statistics.median(self.starts), 1),
                "start_ms_max": round(1000 * max(self.starts), 1), "seconds": round(time.monotonic() - began, 1)}

    def stop(self):
        if self.instance.is_running():
            self.instance.kill()
        if self.servers:
            self.servers.stop_all()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=1000, help="of each engine (1000)")
    options.add_argument("--sqlite", type=int, metavar="N", help="rounds of SQLite, where it is another number; 0: none")
    options.add_argument("--postgresql", type=int, metavar="N", help="the same of PostgreSQL")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--server", default=default_server(), metavar="FILE", help="the program (the release build)")
    options.add_argument("--json", metavar="FILE", help="where the figures go, too")
    options = options.parse_args()
    wanted = {"SQLite": options.sqlite, "PostgreSQL": options.postgresql}
    folder, results = pathlib.Path(tempfile.mkdtemp(prefix="matinee-kills-")), []
    # PostgreSQL's user has to come through.
    folder.chmod(0o755)
    for engine, rounds in wanted.items():
        rounds = options.rounds if rounds is None else rounds
        if not rounds:
            continue
        trial = None
        try:
            trial = Trial(engine, options.server, folder, options.seed)
            results.append(trial.run(rounds))
        except (Failed, OSError, http.client.HTTPException) as error:
            print(f"✗ seed {options.seed}: {error}\n  Everything is kept in {folder}", file=sys.stderr)
            return 1
        finally:
            if trial:
                trial.stop()
        print(json.dumps(results[-1]), flush=True)
    shutil.rmtree(folder)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
