"""One real `matinee serve` that can be killed, people who write to it through its API, and small catalogues to fill it with."""

import http.client
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts/cluster"))

from processes import die_with_parent  # noqa: E402

# What `matinee serve` reads of the browser's files at its start. No page is asked for here.
SITE = """<link rel="stylesheet" href="/pkg/matinee-0011223344556677.css">
<link rel="modulepreload" href="/pkg/matinee-0011223344556677.js">
<link rel="preload" href="/pkg/matinee-0011223344556677_bg.wasm">
"""


def write_site(folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(SITE)
    (folder / "matinee-0011223344556677.css").write_text("body{}")
    return folder


class Failed(Exception):
    """What was to be shown does not hold, or could not be looked at."""


def default_server():
    target = os.environ.get("CARGO_TARGET_DIR") or pathlib.Path.home() / ".cache/matinee/target"
    return os.environ.get("BENCH_SERVER") or str(pathlib.Path(target) / "release/matinee")


class Instance:
    """`matinee` with a data folder, and a database elsewhere if `url` names one. Its words are in `folder`/server.log."""

    def __init__(self, server, folder, url="", **settings):
        self.server, self.folder, self.child, self.port = server, pathlib.Path(folder), None, None
        self.log = self.folder / "server.log"
        site = write_site(self.folder / "site")
        own = {name: text for name, text in os.environ.items() if not name.startswith("MATINEE_")}
        # Hashing passwords is not what is measured; ONNX Runtime is not needed.
        self.env = dict(own, PORT="0", MATINEE_DATA_DIR=str(self.folder / "data"), MATINEE_SITE_DIR=str(site),
                        MATINEE_DATABASE_URL=url, MATINEE_LOG="warn,matinee_server::recommender=off",
                        MATINEE_AUTH__ARGON2_MEMORY_KIB="64", MATINEE_AUTH__ARGON2_PASSES="1", **settings)

    def run(self, *arguments, check=True):
        """A command of `matinee`, to its end; what it printed."""
        done = subprocess.run([self.server, *map(str, arguments)], env=self.env, capture_output=True, text=True,
                              cwd=self.folder, check=False)
        if check and done.returncode:
            raise Failed(f"matinee {' '.join(map(str, arguments))} failed ({done.returncode}): {done.stderr.strip()}")
        return done.stdout + done.stderr

    def spawn(self):
        """Starts it; whether it has come so far is another matter."""
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen([self.server, "serve"], env=self.env, stdin=subprocess.DEVNULL, cwd=self.folder,
                                          stdout=subprocess.PIPE, stderr=log, text=True, preexec_fn=die_with_parent)

    def start(self, seconds=60):
        """Starts it and waits until it listens; returns how long that took, in seconds."""
        began = time.monotonic()
        self.spawn()
        if not select.select([self.child.stdout], [], [], seconds)[0]:
            raise Failed(f"`matinee serve` was not ready within {seconds} s; its words are in {self.log}")
        line = self.child.stdout.readline()
        found = re.search(r":(\d+)\s*$", line)
        if not found:
            self.child.wait()
            raise Failed(f"`matinee serve` ended by itself ({self.child.returncode}):\n{self.last_words()}")
        self.port = int(found[1])
        return time.monotonic() - began

    def last_words(self, lines=8):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def kill(self):
        """As if its machine had lost power, but for the machine's own cache of files."""
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()

    def stop(self):
        if self.is_running():
            self.child.send_signal(signal.SIGTERM)
            self.child.wait(30)
            self.child.stdout.close()


class Client:
    """One connection to an instance, made anew when it broke. `token` is sent with every request."""

    def __init__(self, instance, token=None, timeout=30):
        self.instance, self.token, self.timeout, self.connection = instance, token, timeout, None
        self.cookie = None

    def ask(self, method, path, body=None, kind="application/json"):
        """Status and text of the answer. Raises OSError or HTTPException when none comes."""
        headers = {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.cookie:
            headers["Cookie"] = self.cookie
        if body is not None:
            headers["Content-Type"] = kind
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.instance.port, timeout=self.timeout)
            self.connection.request(method, path, body=body, headers=headers)
            answer = self.connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if answer.getheader("Set-Cookie"):
            self.cookie = answer.getheader("Set-Cookie").split(";")[0]
        return answer.status, text

    def must(self, method, path, body=None, **more):
        status, text = self.ask(method, path, body, **more)
        if status >= 300:
            raise Failed(f"{method} {path} was answered {status}: {text[:300]}")
        return text

    def json(self, method, path, body=None):
        return json.loads(self.must(method, path, None if body is None else json.dumps(body)))

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Writers:
    """All people at once, until told to stop or until the server is gone. A person has a `token`, and `write(client)`, which says whether
    the write was acknowledged."""

    def __init__(self, instance, people):
        self.acknowledged, self.errors, self.stopping = 0, [], threading.Event()
        self.changed = threading.Condition()
        self.threads = [threading.Thread(target=self.go, args=(instance, person), daemon=True) for person in people]
        for thread in self.threads:
            thread.start()

    def go(self, instance, person):
        client = Client(instance, person.token)
        try:
            while not self.stopping.is_set():
                if person.write(client):
                    with self.changed:
                        self.acknowledged += 1
                        self.changed.notify_all()
                else:
                    self.stopping.wait(0.02)
        except (OSError, http.client.HTTPException):
            pass
        except Failed as error:
            self.errors.append(error)
        finally:
            client.close()

    def wait_for(self, count, seconds=60):
        with self.changed:
            if not self.changed.wait_for(lambda: self.acknowledged >= count or self.errors, seconds):
                raise Failed(f"{count} acknowledgements did not come within {seconds} s, only {self.acknowledged}")

    def end(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
        if self.errors:
            raise self.errors[0]


def new_person(instance, name):
    """A person with an account and a token that may write: their id and the token."""
    client = Client(instance)
    account = {"name": name, "email": f"{name}@example.org", "password": "correct horse battery"}
    client.must("POST", "/api/v1/accounts", json.dumps(account))
    me = client.json("GET", "/api/v1/me")
    form = f"name={name}&scope=write&days=30"
    page = client.must("POST", "/account/tokens", form, kind="application/x-www-form-urlencoded")
    found = re.search(r'<code class="secret">([^<]+)<', page)
    if not found:
        raise Failed("the page with the new token holds none: has it changed?")
    client.close()
    return me["id"], found[1]


def write_movielens(folder, films, ratings=(), titles="Film {}"):
    """A MovieLens folder: `films` films, numbered from 1, and (person, film, stars) for each of `ratings`."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "movies.csv", "w") as file:
        file.write("movieId,title,genres\n")
        file.writelines(f"{n},{titles.format(n)} ({1950 + n % 70}),Drama\n" for n in range(1, films + 1))
    with open(folder / "ratings.csv", "w") as file:
        file.write("userId,movieId,rating,timestamp\n")
        file.writelines(f"{person},{film},{stars},1700000000\n" for person, film, stars in ratings)


def film_ids(instance, count):
    """Ids of films, by the search."""
    ids, client = [], Client(instance)
    while len(ids) < count:
        found = client.json("GET", f"/api/v1/search?limit=100&offset={len(ids)}")["movies"]
        if not found:
            break
        ids += [film["id"] for film in found]
    client.close()
    return ids[:count]
