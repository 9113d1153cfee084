"""Traffic as people make it, by visitors and by people with sessions, who behave as their browsers do."""

import http.client
import random
import socket
import threading
import time

from mix import Mix

# An address that says nothing for so long is passed over for the next one, as browsers do (RFC 8305 says 0.25 s).
CONNECT_S = 0.5
ANSWER_S = 15
ACCOUNTS = 24


class Load:
    """`rate` requests a second at the first of `addresses`, by as many people as that needs. Counts what comes back.

    As browsers do, a person goes on to the next address (DNS names several) when no connection comes about, and asks once more when a
    connection that was kept from the last request turns out closed before an answer began. Whatever else fails has failed."""

    def __init__(self, addresses, rate, people=None, seed=1):
        self.addresses, self.rate, self.seed = list(addresses), rate, seed
        self.people = people or max(16, int(rate / 4))
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.done, self.failed, self.times, self.moved = 0, [], [], 0
        self.threads = []

    def start(self):
        self.mix = Mix(self.addresses[0], min(ACCOUNTS, self.people), self.seed)
        for number in range(self.people):
            thread = threading.Thread(target=self.person, args=(number,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def person(self, number):
        mine = random.Random(number)
        cookie = self.mix.cookies[number % len(self.mix.cookies)] if number % 3 else None
        own = {"Cookie": cookie} if cookie else {}
        connection, pause = None, self.people / self.rate
        due = time.monotonic() + mine.random() * pause
        while not self.stopping.wait(max(0, due - time.monotonic())):
            # A person who waited for an answer does not ask all the missed questions at once.
            due = max(due + pause, time.monotonic() - 1)
            _, path = self.mix.draw(mine, cookie is not None)
            # A form's answer leads back to the page; what the browser's side asks for is data.
            accept = "application/json" if path.startswith("/api/") else "text/html"
            connection = self.ask(connection, path, {"Accept": accept, **own})

    def ask(self, connection, path, headers):
        """One request; the connection to keep."""
        began, moved = time.monotonic(), False
        while True:
            was_kept = connection is not None
            if connection is None:
                connection, moved = self.connect()
            if connection is None:
                self.note(began, f"no connection {path}", True)
                return None
            try:
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                connection = None
                if was_kept and not isinstance(error, TimeoutError):
                    continue
                self.note(began, f"{type(error).__name__} {path}", moved)
                return None
            self.note(began, None if answer.status < 500 else f"{answer.status} {path}", moved)
            if answer.will_close:
                connection.close()
                return None
            return connection

    def connect(self):
        """A connection to the first address that takes one, and whether that wasn't the first."""
        for place, address in enumerate(self.addresses):
            host, port = address.rsplit(":", 1)
            connection = http.client.HTTPConnection(host, int(port), timeout=CONNECT_S)
            try:
                connection.connect()
            except OSError:
                connection.close()
                continue
            connection.sock.settimeout(ANSWER_S)
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection, place > 0
        return None, True

    def note(self, began, failure, moved):
        with self.lock:
            self.done += 1
            self.times.append((began, time.monotonic() - began))
            self.moved += moved
            if failure:
                self.failed.append((began, failure))

    def take(self):
        """What came since the last time: requests, failures, their times in seconds."""
        done, failed, times, _ = self.take_all()
        return done, failed, [seconds for _, seconds in times]

    def take_all(self):
        """The same with the moment at which each began, and how many needed another address than the first."""
        with self.lock:
            taken = self.done, self.failed, self.times, self.moved
            self.done, self.failed, self.times, self.moved = 0, [], [], 0
            return taken

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(20)
