#!/usr/bin/env python3
"""A site that is wrong on purpose: what every scanner has to find something in, or it is blind and its "nothing found" says nothing.

It is no part of the product, keeps nothing, and listens on this machine alone. Wrong are: a search that puts what is asked for into
SQL and into the page as it is, a sign-in by SQL, a redirect to wherever, a file by any path, no header that guards, a session cookie
that scripts can read, and an API that answers otherwise than its description says.

Usage: broken.py PORT
"""

import http.server
import json
import pathlib
import sqlite3
import sys
import threading
from urllib.parse import parse_qs, urlsplit

PAGE = """<!doctype html><html lang="en"><title>Broken</title><h1>Broken on purpose</h1>
<form action="/search"><input name="q" value="alien"><select name="sort"><option>title</option></select><button>Search</button></form>
<form action="/sign-in" method="post"><input name="email" value="a@example.org"><input type="password" name="password"><button>Sign in</button></form>
<a href="/search?q=alien&amp;sort=title">Alien</a> <a href="/go?to=/">on</a> <a href="/file?name=notes.txt">notes</a>
{}</html>"""

API = {
    "openapi": "3.1.0",
    "info": {"title": "Broken", "version": "1"},
    "paths": {
        "/api/films/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}],
                "responses": {
                    "200": {
                        "description": "Found",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["id", "title"],
                                    "properties": {"id": {"type": "integer"}, "title": {"type": "string"}},
                                }
                            }
                        },
                    }
                },
            }
        }
    },
}


class Films:
    """A database in memory; SQLite's connection is used by one at a time."""

    def __init__(self):
        self.lock = threading.Lock()
        self.database = sqlite3.connect(":memory:", check_same_thread=False)
        self.database.executescript(
            "CREATE TABLE films (title TEXT); INSERT INTO films VALUES ('Alien'), ('Fargo'), ('Heat');"
            "CREATE TABLE people (email TEXT, password TEXT); INSERT INTO people VALUES ('a@example.org', 'secret');"
        )

    def ask(self, sql):
        with self.lock:
            return self.database.execute(sql).fetchall()


FILMS = Films()
HERE = pathlib.Path(__file__).resolve().parent


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        try:
            self.route(url.path, asked)
        except sqlite3.Error as error:
            self.answer(500, PAGE.format(f"<pre>sqlite3.OperationalError: {error}</pre>"))

    def route(self, path, asked):
        if path == "/":
            self.answer(200, PAGE.format(""))
        elif path == "/search":
            found = FILMS.ask(f"SELECT title FROM films WHERE title LIKE '%{asked.get('q', '')}%' ORDER BY {asked.get('sort') or 'title'}")
            items = "".join(f"<li>{title}</li>" for title, *_ in found)
            self.answer(200, PAGE.format(f"<p>You asked for {asked.get('q', '')}</p><ul>{items}</ul>"))
        elif path == "/go":
            self.answer(302, "", location=asked.get("to", "/"))
        elif path == "/file":
            self.file(asked.get("name", ""))
        elif path == "/openapi.json":
            self.answer(200, json.dumps(API), kind="application/json")
        elif path.startswith("/api/films/"):
            self.film(path.rsplit("/", 1)[1])
        else:
            self.answer(404, PAGE.format("Nothing here"))

    def film(self, number):
        """Above 1,000 it breaks, below the number comes as text and the title not at all."""
        if number.isdigit() and int(number) > 1000:
            self.answer(500, "it broke")
        else:
            self.answer(200, json.dumps({"id": number}), kind="application/json")

    def file(self, name):
        path = pathlib.Path(str(HERE / "files") + "/" + name)
        try:
            self.answer(200, path.resolve().read_text(errors="replace") if path.is_absolute() else "")
        except OSError as error:
            self.answer(200, PAGE.format(f"<pre>FileNotFoundError: {error}</pre>"))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
        given = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        try:
            found = FILMS.ask(
                f"SELECT email FROM people WHERE email = '{given.get('email', '')}' AND password = '{given.get('password', '')}'"
            )
            self.answer(200, PAGE.format("Welcome" if found else "That is not right"), session="12345")
        except sqlite3.Error as error:
            self.answer(500, PAGE.format(f"<pre>sqlite3.OperationalError: {error}</pre>"))

    def answer(self, status, text, kind="text/html", location=None, session=None):
        body = text.encode(errors="replace")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location is not None:
            self.send_header("Location", location.replace("\r", "").replace("\n", ""))
        if session or self.path == "/":
            self.send_header("Set-Cookie", f"session={session or 'none'}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
