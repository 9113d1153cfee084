"""The product as it is scanned: a web instance on a copy of the demo's data with a member in it, an AI worker, the director before it."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts/cluster"))

from processes import Process  # noqa: E402

from findings import ScannerFailed  # noqa: E402

# As is said in docs/settings.md, but for hashing: thousands of wrong passwords are tried, and how long they take is not the question.
SETTINGS = {"MATINEE_LOG": "warn", "MATINEE_AUTH__ARGON2_MEMORY_KIB": "64", "MATINEE_AUTH__ARGON2_PASSES": "1"}
MEMBER = {"name": "mia", "email": "mia@example.org", "password": "correct horse battery"}
DIRECTOR = """
[listen]
http = ["127.0.0.1:{http}"]
https = ["127.0.0.1:{https}"]
redirect_to_https = true
admin = "127.0.0.1:{admin}"
upgrade_sock = "{folder}/upgrade.sock"

[tls]
certificate = "{folder}/certificate.pem"
key = "{folder}/key.pem"

[upstreams]
file = "{folder}/servers.toml"
"""


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def clean_environment():
    """Without what a developer has set for their own."""
    return {name: text for name, text in os.environ.items() if not name.startswith(("MATINEE_", "PORT"))}


class Target:
    """Something that answers at `url`."""

    def __init__(self, process, url):
        self.process, self.url = process, url

    def stop(self):
        self.process.stop()


class Audited:
    """All that an audit starts, in one folder; gone when it ends."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, pathlib.Path(folder)
        self.running = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.running.close()

    def start(self, name, command, url, ready, env=None):
        process = Process(name, command, self.folder, env=env, ready=url + ready)
        process.env = {**clean_environment(), **(env or {})}
        process.start()
        self.running.callback(process.stop)
        process.wait_ready()
        return Target(process, url)

    def command(self, target, *arguments):
        """A command of `matinee` on an instance's data."""
        done = subprocess.run([self.programs.server, *arguments], env=target.process.env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ScannerFailed(f"matinee {' '.join(arguments)} failed: {done.stderr.strip()}")

    def broken(self):
        port = free_port()
        script = pathlib.Path(__file__).resolve().parent / "broken.py"
        return self.start("broken", [sys.executable, "-B", str(script), str(port)], f"http://127.0.0.1:{port}", "/")

    def web(self, name="web", origin="", **settings):
        """A web instance with data of its own."""
        data = self.folder / f"data-{name}"
        shutil.copytree(self.programs.data, data)
        port = free_port()
        env = {
            **SETTINGS, "PORT": str(port), "MATINEE_DATA_DIR": str(data), "MATINEE_SITE_DIR": self.programs.site,
            "MATINEE_ORT_LIB": self.programs.ort, "MATINEE_PUBLIC_ORIGIN": origin, **settings,
        }
        return self.start(name, [self.programs.server, "serve"], f"http://127.0.0.1:{port}", "/readyz", env)

    def worker(self):
        port = free_port()
        data = self.folder / "data-worker"
        shutil.copytree(self.programs.data, data)
        command = [self.programs.ai, "serve", "--models", str(data / "models"), "--database", str(data / "matinee.db"),
                   "--listen", f"127.0.0.1:{port}", "--ort-lib", self.programs.ort]
        return self.start("worker", command, f"http://127.0.0.1:{port}", "/readyz")

    def front(self):
        """The director with TLS before an instance that knows its public name; the ports of both, and the authority's certificate."""
        folder = self.folder / "front"
        folder.mkdir()
        make_certificate(folder)
        ports = {"http": free_port(), "https": free_port(), "admin": free_port()}
        web = self.web("front-web", origin=f"https://localhost:{ports['https']}", MATINEE_SERVER__TRUSTED_PROXIES="127.0.0.1")
        (folder / "servers.toml").write_text(f'[[server]]\naddress = "{web.url.removeprefix("http://")}"\n')
        (folder / "director.toml").write_text(DIRECTOR.format(folder=folder, **ports))
        command = [self.programs.director, "serve", str(folder / "director.toml")]
        self.start("director", command, f"http://127.0.0.1:{ports['admin']}", "/readyz")
        return ports, folder / "certificate.pem"


def make_certificate(folder):
    """For localhost, signed by itself."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
               "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
               "-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ScannerFailed(f"openssl made no certificate: {done.stderr.strip()}")


class Member:
    """A person with an account: their session's cookie and a token that may change things."""

    def __init__(self, url):
        self.host = urllib.parse.urlsplit(url).netloc
        self.cookie = None
        self.ask("POST", "/api/v1/accounts", json.dumps(MEMBER), "application/json")
        page = self.ask("POST", "/account/tokens", "name=audit&scope=write&days=2", "application/x-www-form-urlencoded")
        found = re.search(r'<code class="secret">([^<]+)<', page)
        if not found:
            raise ScannerFailed("the page with the new token holds none: has it changed?")
        self.token = found[1]
        # Something to sort, to filter and to take back.
        for film in self.films(4):
            self.ask("PUT", f"/api/v1/movies/{film}/rating", '{"stars": 4}', "application/json")

    def films(self, count):
        return [film["id"] for film in json.loads(self.ask("GET", f"/api/v1/search?limit={count}"))["movies"]]

    def ask(self, method, path, body=None, kind=None):
        connection = http.client.HTTPConnection(self.host, timeout=30)
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if kind:
            headers["Content-Type"] = kind
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        if answer.status >= 400:
            raise ScannerFailed(f"{method} {path} was answered {answer.status}: {text[:300]}")
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self.cookie = value.split(";")[0]
        connection.close()
        return text
