#!/usr/bin/env python3
"""How old is what instances show of what others wrote? People write and read on all instances all along.

Several `matinee serve` share one PostgreSQL (with a standby that takes reads). Every film has one person who changes their rating of it
again and again, through one instance after the other; readers on every instance look at film data, search results and the person's own ratings
meanwhile. A rating tells which write it is, so that each answer is held against what had been acknowledged before it was asked for: through the
instance that wrote it must be there at once, through any other within a second (LIMIT_S). Sessions that were ended are tried on every instance, too.

Usage: bench/staleness.py [--server FILE] [--instances 3] [--seconds 60] [--films 12] [--standby] [--limit-s 1] [--json FILE]; by `bench/run.sh staleness`.
Exit code 1 when something was older.
"""

import argparse
import collections
import json
import pathlib
import random
import re
import sys
import tempfile
import threading
import time

from instance import Client, Failed, Instance, default_server, film_ids, new_person, write_movielens
from servers import Servers

# Ratings in half stars, one after the other: which of the last ten writes is shown can be told.
VALUES = list(range(1, 11))
PAUSE_S = 0.35


class Film:
    """A film, the person who rates it, and what they wrote."""

    def __init__(self, film, token):
        self.id, self.token = film, token
        self.lock = threading.Lock()
        # (moment of the acknowledgement, instance, half stars), in order.
        self.writes = []
        # How many were begun: one more than were acknowledged while one is under way.
        self.begun = 0

    def judge(self, shown, asked_at, instance):
        """How long an answer that shows this rating was out of date when it was asked for, in seconds; and whether the instance had written a later one itself."""
        with self.lock:
            writes, begun = list(self.writes), self.begun
        latest = None
        if begun > len(writes) and VALUES[(begun - 1) % len(VALUES)] == shown:
            return 0.0, False
        for number in range(len(writes) - 1, max(len(writes) - len(VALUES), 0) - 1, -1):
            if writes[number][2] == shown:
                latest = number
                break
        if latest is None:
            return None, False
        later = [(at, by) for at, by, _ in writes[latest + 1:] if at <= asked_at]
        age = max((asked_at - at for at, _ in later), default=0.0)
        return age, any(by == instance for _, by in later)


class Checker:
    def __init__(self, instances, films, seconds, limit_s):
        self.instances, self.films, self.limit_s = instances, films, limit_s
        self.until = time.monotonic() + seconds
        self.lock = threading.Lock()
        self.reads, self.oldest = collections.Counter(), collections.Counter()
        self.wrong, self.writes = [], 0

    def going_on(self):
        return time.monotonic() < self.until

    def note(self, kind, film, shown, asked_at, instance):
        age, is_own = film.judge(shown, asked_at, instance)
        with self.lock:
            self.reads[kind] += 1
            if age is None:
                self.wrong.append(f"{kind}: {shown} half stars are none of the last {len(VALUES)} writes")
                return
            self.oldest[kind] = max(self.oldest[kind], age)
            if age > self.limit_s:
                self.wrong.append(f"{kind}: shown {age:.2f} s after it was changed")
            elif is_own:
                self.wrong.append(f"{kind}: the instance that wrote it showed what was before, {age:.2f} s later")

    def write(self, films):
        """Changes these films' ratings in turn, through one instance after the other."""
        mine = random.Random(films[0].id)
        clients = {}
        while self.going_on():
            began = time.monotonic()
            for film in films:
                instance = mine.randrange(len(self.instances))
                client = clients.setdefault((film.id, instance), Client(self.instances[instance], film.token))
                with film.lock:
                    number = len(film.writes)
                    film.begun = number + 1
                value = VALUES[number % len(VALUES)]
                client.must("PUT", f"/api/v1/movies/{film.id}/rating", json.dumps({"stars": value / 2}))
                with film.lock:
                    film.writes.append((time.monotonic(), instance, value))
                with self.lock:
                    self.writes += 1
            time.sleep(max(0.0, PAUSE_S - (time.monotonic() - began)))

    def read(self, index):
        """Looks at everything through one instance."""
        mine = random.Random(index)
        client = Client(self.instances[index])
        owners = {film.id: Client(self.instances[index], film.token) for film in self.films}
        while self.going_on():
            # Few films are asked for most.
            film = self.films[min(int(mine.expovariate(0.4)), len(self.films) - 1)]
            asked_at = time.monotonic()
            if shown := stars_shown(client.json("GET", f"/api/v1/movies/{film.id}")["histogram"]):
                self.note("film", film, shown, asked_at, index)
            asked_at = time.monotonic()
            cards = client.json("GET", f"/api/v1/search?q={film.title}&limit=100")["movies"]
            card = next((card for card in cards if card["id"] == film.id), None)
            if card and card["rating"]["count"] == 1:
                self.note("search", film, round(card["rating"]["mean"] * 2), asked_at, index)
            if mine.random() < 0.2:
                asked_at = time.monotonic()
                rated = owners[film.id].json("GET", "/api/v1/me/ratings")["ratings"]
                if rated:
                    self.note("my ratings", film, round(rated[0]["stars"] * 2), asked_at, index)

    def end_sessions(self, account):
        """Signs in and out through one instance after the other; a session that has ended is tried on all of them."""
        turn = 0
        while self.going_on():
            client = Client(self.instances[turn % len(self.instances)])
            client.must("POST", "/api/v1/session", json.dumps(account))
            others = [Client(one) for one in self.instances]
            for other in others:
                other.cookie = client.cookie
                other.must("GET", "/api/v1/me")
            client.must("DELETE", "/api/v1/session")
            ended_at, cookie = time.monotonic(), others[0].cookie
            for other in others:
                other.cookie = cookie
                asked_at = time.monotonic()
                status, _ = other.ask("GET", "/api/v1/me")
                age = asked_at - ended_at
                with self.lock:
                    self.reads["sessions"] += 1
                    if status != 401:
                        self.oldest["sessions"] = max(self.oldest["sessions"], age)
                        if age > self.limit_s:
                            self.wrong.append(f"sessions: one was good {age:.2f} s after it had ended")
                other.close()
            client.close()
            turn += 1
            time.sleep(0.5)

    def run(self, account):
        failures = []

        def guarded(work, *arguments):
            try:
                work(*arguments)
            except Exception as error:  # noqa: BLE001 - told below
                failures.append(f"{type(error).__name__}: {error}")
                self.until = 0

        half = (len(self.films) + 1) // 2
        works = [(self.write, films) for films in (self.films[:half], self.films[half:]) if films]
        works += [(self.end_sessions, account), *((self.read, index) for index in range(len(self.instances)))]
        threads = [threading.Thread(target=guarded, args=work, daemon=True) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise Failed(failures[0])


def stars_shown(histogram):
    """The half stars of the film's one rating."""
    given = [half_stars for half_stars, count in enumerate(histogram, 1) if count]
    return given[0] if len(given) == 1 else None


def hits(instance):
    """Askings of the cache of films' data: found, and not."""
    client = Client(instance)
    text = client.must("GET", "/metrics")
    client.close()
    found = {result: 0 for result in ("hit", "miss")}
    for labels, value in re.findall(r"^matinee_cache_total\{(.*?)\} (\d+)$", text, re.M):
        if 'cache="films"' in labels and (result := re.search(r'result="(\w+)"', labels)[1]) in found:
            found[result] += int(value)
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--server", default=default_server())
    options.add_argument("--instances", type=int, default=3)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--films", type=int, default=12)
    options.add_argument("--standby", action="store_true", help="a standby takes reads, too")
    options.add_argument("--limit-s", type=float, default=1.0)
    options.add_argument("--json")
    options = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="matinee-staleness-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        servers, instances = Servers(folder / "postgres"), []
        try:
            servers.make("primary", "wal_level = replica\nmax_wal_senders = 10\n")
            settings = {}
            if options.standby:
                servers.follow("standby", "primary", "standby")
                settings["MATINEE_DATA__REPLICA_URLS"] = servers.address("standby")
            for number in range(options.instances):
                own = folder / f"web{number}"
                own.mkdir()
                instance = Instance(options.server, own, servers.address("primary"), **settings)
                if not instances:
                    write_movielens(folder / "films", options.films + 100, ratings=[(1, options.films + 100, 3)])
                    instance.run("migrate")
                    instance.run("import", "movielens", folder / "films")
                instances.append(instance)
                instance.start()
            films = [Film(film, new_person(instances[0], f"person{number}")[1])
                     # The first is the one that has a rating already.
                     for number, film in enumerate(film_ids(instances[0], options.films + 1)[1:])]
            client = Client(instances[0])
            for film in films:
                film.title = client.json("GET", f"/api/v1/movies/{film.id}")["title"].replace(" ", "+")
            account = {"name": "robin", "email": "robin@example.org", "password": "correct horse battery"}
            client.must("POST", "/api/v1/accounts", json.dumps(account))
            checker = Checker(instances, films, options.seconds, options.limit_s)
            checker.run({"email": account["email"], "password": account["password"]})
            askings = [hits(instance) for instance in instances]
        finally:
            for instance in instances:
                instance.stop()
            servers.stop_all()
    result = {"instances": options.instances, "standby": options.standby, "seconds": options.seconds, "writes": checker.writes,
              "reads": dict(checker.reads), "oldest_s": {kind: round(checker.oldest[kind], 3) for kind in checker.reads},
              "cache": askings, "wrong": len(checker.wrong)}
    print(json.dumps(result))
    for line in checker.wrong[:10]:
        print(line, file=sys.stderr)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=2))
    if not all(asking["hit"] for asking in askings):
        sys.exit("an instance's cache was of no use: nothing was shown by this")
    sys.exit(1 if checker.wrong else 0)


if __name__ == "__main__":
    main()
