"""The whole: PostgreSQL with a standby, three web instances, two AI workers, two directors.

With `faults`, what one part says to another goes through `fault.py`, so that any of these ways can be delayed or cut: the directors' to each
web instance (`web1`…), the instances' to each AI worker (`ai1`…) and to each database (`primary`, `standby`)."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

from network import Namespaces, Ports
from postgres import Postgres
from processes import Keeper, Process

WEBS, WORKERS, DIRECTORS = 3, 2, 2

DIRECTOR = """
[listen]
http = ["{listen}"]
admin = "{admin}"
threads = 1
upgrade_sock = "{folder}/director{number}.sock"
[upstreams]
file = "{folder}/servers.toml"
[balance]
slow_start_ms = 3000
[log]
access = "{log_dir}/access{number}.log"
"""


def folder_of_clusters():
    """Not below the home folder, into which PostgreSQL's user may not look."""
    return pathlib.Path(os.environ.get("CLUSTER_DIR") or pathlib.Path(tempfile.gettempdir()) / f"matinee-cluster-{os.getuid()}")


class Cluster:
    """`port` and about 300 after it are used. `anew`: whatever was done to the data since it was filled in is forgotten first.
    `database_settings`: PostgreSQL's, for this run alone."""

    def __init__(self, port=18000, use_namespaces=True, say=print, faults=False, anew=False, database_settings=None):
        self.faults, self.links, self.anew, self.database_settings = faults, {}, anew, database_settings
        self.folder, self.port, self.say = folder_of_clusters(), port, say
        self.log_dir = self.folder / "logs"
        self.log_dir.mkdir(parents=True, exist_ok=True)
        for log in self.log_dir.glob("*.log"):
            log.unlink()
        self.keeper = Keeper()
        self.net = Namespaces(port + 80) if use_namespaces and Namespaces.possible() else Ports(port + 80)
        self.webs, self.workers, self.directors = [], [], []

    def start(self):
        self.say("… PostgreSQL: a primary and a standby")
        self.postgres = Postgres(self.folder / "postgres", self.port + 210, self.keeper, self.log_dir, self.database_settings)
        self.postgres.start()
        if self.anew:
            self.fill_anew()
        else:
            self.fill()
        if self.faults:
            self.start_faults()
        models = self.folder / "data" / "models"
        for number in range(1, WORKERS + 1):
            address = f"127.0.0.1:{self.port + 200 + number}"
            command = [os.environ["CLUSTER_AI"], "serve", "--models", str(models), "--listen", address]
            worker = Process(f"ai{number}", command, self.log_dir, ready=f"http://{address}/readyz")
            self.workers.append(self.keeper.add(worker))
        self.say("… AI workers and web instances")
        for number in range(1, WEBS + 1):
            self.webs.append(self.keeper.add(self.web(number)))
        for process in self.workers + self.webs:
            process.wait_ready()
        self.write_servers()
        self.say("… directors")
        for index in range(DIRECTORS):
            self.directors.append(self.keeper.add(self.director(index)))
        self.net.start(self.keeper, self.folder, self.log_dir)
        for process in self.directors:
            process.wait_ready()
        self.net.settle()

    def start_faults(self):
        """A way through `fault.py` to each part, on a port fifty above its own."""
        port, own = self.port, "127.0.0.1"
        targets = {f"web{n}": (self.net.host, port + 100 + n) for n in range(1, WEBS + 1)}
        targets |= {f"ai{n}": (own, port + 200 + n) for n in range(1, WORKERS + 1)}
        targets |= {"primary": (own, port + 210), "standby": (own, port + 211)}
        self.links = {name: f"{host}:{number + 50}" for name, (host, number) in targets.items()}
        ways = [f"{name}={self.links[name]}={host}:{number}" for name, (host, number) in targets.items()]
        program = pathlib.Path(__file__).with_name("fault.py")
        command = [sys.executable, "-B", str(program), f"{own}:{port + 299}", *ways]
        # Whoever needs a way ends where there is none yet.
        self.keeper.add(Process("faults", command, self.log_dir, ready=self.has_faults)).wait_ready()

    def has_faults(self):
        try:
            self.fault("all pass")
        except OSError:
            return False
        return True

    def fault(self, order):
        """An order to `fault.py`, such as `web1 swallow`."""
        with socket.create_connection(("127.0.0.1", self.port + 299), 5) as control:
            control.sendall(order.encode() + b"\n")
            answer = control.makefile().readline().strip()
        if answer != "ok":
            raise SystemExit(f"fault.py: {answer}")

    def via(self, name, address):
        """Where others find a part."""
        return self.links.get(name, address)

    def database(self, name, port):
        return f"postgres://matinee@{self.via(name, f'127.0.0.1:{port}')}/matinee"

    def fill(self):
        """The demo's films and ratings and a first model, once."""
        env = dict(os.environ, MATINEE_DATABASE_URL=self.postgres.url())
        root = pathlib.Path(os.environ["CLUSTER_ROOT"])
        command = [str(root / "scripts/fill-data.sh"), os.environ["CLUSTER_SERVER"], os.environ["CLUSTER_DEMO"]]
        if subprocess.run([*command, str(self.folder / "data")], env=env, check=False).returncode:
            raise SystemExit("The demo data could not be filled in; the reason is above.")

    def fill_anew(self):
        """The data as it was filled in: a copy of it is kept beside."""
        sql = self.postgres.sql
        if sql("SELECT 1 FROM pg_database WHERE datname = 'filled'") == "1":
            sql("DROP DATABASE matinee WITH (FORCE)")
            sql("CREATE DATABASE matinee TEMPLATE filled")
        self.fill()
        sql("DROP DATABASE IF EXISTS filled WITH (FORCE)")
        sql("CREATE DATABASE filled TEMPLATE matinee")
        for number in range(1, WEBS + 1):
            shutil.rmtree(self.folder / f"web{number}", ignore_errors=True)

    def web_address(self, number):
        return f"{self.net.host}:{self.port + 100 + number}"

    def web(self, number):
        env = {
            "PORT": str(self.port + 100 + number),
            "MATINEE_SERVER__HOST": self.net.host,
            # What directors say of the client's address is believed.
            "MATINEE_SERVER__TRUSTED_PROXIES": self.net.own_addresses,
            "MATINEE_PUBLIC_ORIGIN": f"http://{self.net.public()}",
            "MATINEE_DATA_DIR": str(self.folder / f"web{number}"),
            "MATINEE_DATABASE_URL": self.database("primary", self.port + 210),
            "MATINEE_DATA__REPLICA_URLS": self.database("standby", self.port + 211),
            "MATINEE_AI_URLS": ",".join(
                f"http://{self.via(f'ai{n}', f'127.0.0.1:{self.port + 200 + n}')}" for n in range(1, WORKERS + 1)),
            # All traffic made here comes from one address.
            "MATINEE_LIMITS__SIGN_INS_PER_MINUTE": "0",
            "MATINEE_LIMITS__CHANGES_PER_MINUTE": "0",
        }
        ready = f"http://{self.web_address(number)}/readyz"
        return Process(f"web{number}", [os.environ["CLUSTER_SERVER"], "serve"], self.log_dir, env=env, ready=ready)

    def write_servers(self):
        """The directors' list of instances."""
        addresses = [self.via(f"web{n}", self.web_address(n)) for n in range(1, WEBS + 1)]
        servers = [f'[[server]]\naddress = "{address}"\n' for address in addresses]
        (self.folder / "servers.toml").write_text("".join(servers))

    def director(self, index):
        config = self.folder / f"director{index + 1}.toml"
        config.write_text(DIRECTOR.format(
            listen=self.net.listen(index), admin=self.net.admin(index), folder=self.folder, number=index + 1,
            log_dir=self.log_dir,
        ))
        command = self.net.wrap(index, [os.environ["CLUSTER_DIRECTOR"], "serve", str(config)])
        return Process(f"director{index + 1}", command, self.log_dir, ready=f"http://{self.net.admin(index)}/readyz")

    def stop(self):
        self.keeper.stop_all()
        self.net.remove()
