"""A little traffic, as people make it: few films are asked for often (Zipf), by visitors and by people with sessions."""

import http.client
import json
import random
import threading
import time
import urllib.parse

WORDS = ["alien", "matrix", "star", "love", "godfather", "toy", "fargo", "casablanca", "brazil", "heat"]


class Load:
    """`rate` requests a second at `address`, by `people` threads. Counts what comes back."""

    def __init__(self, address, rate, people=16, seed=1):
        self.address, self.rate, self.people = address, rate, people
        self.random = random.Random(seed)
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.done, self.failed, self.times = 0, [], []
        self.paths = ["/"] + [f"/search?q={urllib.parse.quote(word)}" for word in WORDS]
        self.threads = []

    def find_films(self):
        """Addresses of film pages, by what the search finds."""
        host, port = self.address.rsplit(":", 1)
        for word in WORDS:
            connection = http.client.HTTPConnection(host, int(port), timeout=10)
            try:
                connection.request("GET", f"/api/v1/search?q={word}&limit=10")
                found = json.loads(connection.getresponse().read()).get("movies", [])
                self.paths += [f"/api/v1/movies/{film['id']}" for film in found]
            except (OSError, ValueError, http.client.HTTPException):
                pass
            finally:
                connection.close()

    def start(self):
        self.find_films()
        self.weights = [1 / (rank + 1) for rank in range(len(self.paths))]
        for number in range(self.people):
            thread = threading.Thread(target=self.person, args=(number,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def person(self, number):
        mine = random.Random(number)
        headers = {"Accept": "text/html"} if number % 3 == 0 else \
            {"Accept": "text/html", "Cookie": f"matinee_session=load{number}"}
        host, port = self.address.rsplit(":", 1)
        connection, pause = None, self.people / self.rate
        due = time.monotonic() + mine.random() * pause
        while not self.stopping.wait(max(0, due - time.monotonic())):
            # A person who waited for an answer does not ask all the missed questions at once.
            due = max(due + pause, time.monotonic() - 1)
            path = mine.choices(self.paths, self.weights)[0]
            began = time.monotonic()
            for attempt in (1, 2):
                fresh = connection is None
                try:
                    connection = connection or http.client.HTTPConnection(host, int(port), timeout=15)
                    connection.request("GET", path, headers=headers)
                    answer = connection.getresponse()
                    answer.read()
                    self.note(began, None if answer.status < 500 else f"{answer.status} {path}")
                    if answer.will_close:
                        connection.close()
                        connection = None
                    break
                except (OSError, http.client.HTTPException) as error:
                    connection.close()
                    connection = None
                    # As browsers do: a kept connection that turns out closed is made anew, once.
                    if fresh or attempt == 2:
                        self.note(began, f"{type(error).__name__} {path}")
                        break

    def note(self, began, failure):
        with self.lock:
            self.done += 1
            self.times.append((began, time.monotonic() - began))
            if failure:
                self.failed.append((began, failure))

    def take(self):
        """What came since the last time: requests, failures and their times in seconds."""
        with self.lock:
            taken = self.done, self.failed, [seconds for _, seconds in self.times]
            self.done, self.failed, self.times = 0, [], []
            return taken

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(20)
