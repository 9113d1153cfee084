"""What people ask for: film pages most of all, searches, recommendations, the first page; few of each are asked for often (Zipf).

A visit begins with a whole page; from then on the browser shows the pages itself, and asks for what is on them alone.
"""

import http.client
import itertools
import json
import random
import re
import urllib.parse

FILMS = 300
# Of a hundred requests.
SHARES = {"film": 55, "search": 25, "recommendations": 15, "home": 5}
RATED = 5
# Of so many requests of a visit, the first is for a whole page.
VISIT = 5
PASSWORD = "correct horse battery"


def ask(address, method, path, body=None, cookie=None, timeout=20):
    """Status, headers and text of an answer."""
    host, port = address.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=timeout)
    headers = {"Cookie": cookie} if cookie else {}
    if body is not None:
        body, headers["Content-Type"] = json.dumps(body), "application/json"
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode(errors="replace")
    finally:
        connection.close()


class Zipf:
    """One of some things, the first one most often."""

    def __init__(self, things, exponent=1.0):
        self.things = list(things)
        self.sums = list(itertools.accumulate(1 / rank**exponent for rank in range(1, len(self.things) + 1)))

    def draw(self, chance):
        return chance.choices(self.things, cum_weights=self.sums)[0]


class Mix:
    """Paths by kind, as the site at `address` has them; and people with sessions, who rated some films."""

    def __init__(self, address, people, seed=1):
        films = []
        while len(films) < FILMS:
            found = json.loads(ask(address, "GET", f"/api/v1/search?limit=100&offset={len(films)}")[2])["movies"]
            films += found
            if not found:
                break
        paths = dict(re.findall(r"(?:/film/([0-9a-f-]{36}))(/[^<]*)<", ask(address, "GET", "/sitemap/first")[2]))
        # Whose address isn't in the first part of the sitemap redirects to it, which is a page, too.
        self.films = [f"/film/{film['id']}{paths.get(film['id'], '/')}" for film in films]
        words = dict.fromkeys(word.lower() for film in films for word in re.findall(r"[A-Za-z]{4,}", film["title"]))
        self.pages = {
            "film": Zipf(self.films),
            "search": Zipf(f"/search?q={urllib.parse.quote(word)}" for word in words),
            "recommendations": Zipf(["/api/v1/recommendations?limit=20"]),
            "home": Zipf(["/"]),
        }
        self.steps = {
            "film": Zipf(f"/api/ui/film?id={film['id']}" for film in films),
            "search": Zipf(f"/api/ui/search?address={urllib.parse.quote(f'/search?q={word}', safe='')}" for word in words),
            "recommendations": self.pages["recommendations"],
            "home": Zipf(["/api/ui/home?whole=false"]),
        }
        self.names, self.shares = list(SHARES), list(SHARES.values())
        chance = random.Random(seed)
        self.cookies = [self.register(address, films, chance) for _ in range(people)]

    @staticmethod
    def register(address, films, chance):
        """A new person's cookie. What they like decides what is recommended to them."""
        name = f"load{chance.getrandbits(64):016x}{random.SystemRandom().getrandbits(32):08x}"
        account = {"name": name, "email": f"{name}@example.org", "password": PASSWORD}
        status, headers, text = ask(address, "POST", "/api/v1/accounts", account)
        if status >= 300:
            raise SystemExit(f"no account was made at {address}: {status} {text[:300]}")
        cookie = headers["Set-Cookie"].split(";")[0]
        for film in chance.sample(films, min(RATED, len(films))):
            ask(address, "PUT", f"/api/v1/movies/{film['id']}/rating", {"stars": chance.randint(2, 10) / 2}, cookie)
        return cookie

    def draw(self, chance, signed_in):
        """A kind and a path."""
        kind = chance.choices(self.names, self.shares)[0]
        if kind == "recommendations" and not signed_in:
            kind = "home"
        of = self.pages if chance.random() * VISIT < 1 else self.steps
        return kind, of[kind].draw(chance)
