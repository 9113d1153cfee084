#!/usr/bin/env python3
"""The director beside HAProxy and nginx, before the same upstreams, in one run: added latency and throughput.

The upstreams share core 0 with wrk; the proxy has core 1, one thread, and no log. They are two nginx that answer 2 kB at once,
which shows what a proxy costs, or with --pages two web instances and what people ask for (film pages, searches, recommendations: scripts/cluster/mix.py),
which shows what that matters. With --unpinned all of them share all cores, as on a small machine that serves. In each round every
proxy (and no proxy) has its turn, so that what else the machine does falls on all. Latency is wrk's median with one connection;
what is added is the difference to the direct one of the same round. Figures are medians over the rounds.

Usage: bench/director.py [--pages] [--unpinned] [--rounds 5] [--seconds 5] [--json FILE]; by `bench/run.sh director`.
Needs: wrk, haproxy, nginx (Debian's), the built director in BENCH_DIRECTOR; for --pages BENCH_SERVER and MATINEE_DATA_DIR, too.
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts/cluster"))

from mix import Mix  # noqa: E402

DRAWN, ACCOUNTS = 20_000, 20
UPSTREAMS = (18601, 18602)
PORT = {"direct": UPSTREAMS[0], "director": 18611, "haproxy": 18612, "nginx": 18613}
PROXIES = ("director", "haproxy", "nginx")
CONNECTIONS = 64
pinned = True

UPSTREAM_NGINX = """
daemon off; worker_processes 1; error_log stderr crit; pid {dir}/up.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s;
  client_body_temp_path {dir}/ub; proxy_temp_path {dir}/up; fastcgi_temp_path {dir}/uf; uwsgi_temp_path {dir}/uu; scgi_temp_path {dir}/us;
  server {{ {listen} default_type text/html; location / {{ return 200 "{body}"; }} }}
}}
"""
PROXY_NGINX = """
daemon off; worker_processes 1; error_log stderr crit; pid {dir}/px.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000;
  client_body_temp_path {dir}/pb; proxy_temp_path {dir}/pp; fastcgi_temp_path {dir}/pf; uwsgi_temp_path {dir}/pu; scgi_temp_path {dir}/ps;
  upstream webs {{ {servers} keepalive 128; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://webs; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Request-Id $request_id;
      proxy_next_upstream error timeout http_502 http_503 http_504;
    }}
  }}
}}
"""
HAPROXY = """
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 20s
  http-reuse always
frontend f
  bind 127.0.0.1:{port}
  http-request del-header X-Forwarded-For
  option forwardfor
  unique-id-format %[uuid()]
  unique-id-header X-Request-Id
  default_backend b
backend b
  balance roundrobin
  retry-on conn-failure empty-response 502 503 504
{servers}
"""
DIRECTOR = """
[listen]
http = ["127.0.0.1:{port}"]
admin = ""
threads = 1
upgrade_sock = "{dir}/upgrade.sock"
[upstreams]
servers = [{servers}]
[health]
path = "/readyz"
[log]
access = "off"
"""


# Percentiles that wrk itself does not print.
DONE_LUA = """
done = function(summary, latency, requests)
  io.write(string.format("percentiles %d %d %d\\n", latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
"""
# Requests that were drawn before, a path and a cookie on each line, one after the other.
PAGES_LUA = DONE_LUA + """
local requests, at = {{}}, 0
init = function()
  for line in io.lines("{lines}") do
    local path, cookie = line:match("^(%S+) ?(.*)$")
    requests[#requests + 1] = wrk.format("GET", path, cookie ~= "" and {{ Cookie = cookie }} or nil)
  end
  at = 0
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
"""


def on(core, *command):
    """A command with one core, or where nothing is pinned with all of them."""
    return ["taskset", "-c", str(core), *command] if pinned else list(command)


def start(core, *command, **env):
    return subprocess.Popen(on(core, *command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env=dict(os.environ, **env))


def wait(port, path="/"):
    for _ in range(400):
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
                if b" 200 " in connection.recv(200):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit(f"nothing answers on port {port}")


def wrk(port, connections, seconds, script):
    """Requests a second, and the latency's median, 99th in 100 and 999th in 1000, in ms."""
    command = on(0, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
                 "-s", script, f"http://127.0.0.1:{port}/")
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if wrong := re.search(r"(Non-2xx.*|Socket errors.*)", out):
        sys.exit(f"port {port}: {wrong[1]}")
    times = [int(value) / 1000 for value in re.search(r"percentiles (\d+) (\d+) (\d+)", out).groups()]
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), *times


def cpu_seconds(pid):
    """Of a process and its children: nginx works in a child."""
    total = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(stat.parent.name) == pid or int(fields[1]) == pid:
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def write(folder, name, text):
    path = pathlib.Path(folder) / name
    path.write_text(text)
    return str(path)


def serve(port, data):
    return start(0, os.environ["BENCH_SERVER"], "serve", PORT=str(port), MATINEE_DATA_DIR=data, MATINEE_LOG="error")


def draw_requests(folder, data):
    """Makes accounts in this data folder, and a list of requests by them and by visitors."""
    server = serve(UPSTREAMS[0], data)
    try:
        # Its search index, too.
        wait(UPSTREAMS[0], "/readyz")
        mix = Mix(f"127.0.0.1:{UPSTREAMS[0]}", ACCOUNTS)
    finally:
        server.terminate()
        server.wait()
    chance, lines = random.Random(1), []
    for _ in range(DRAWN):
        cookie = chance.choice(mix.cookies) if chance.random() < 2 / 3 else ""
        lines.append(f"{mix.draw(chance, bool(cookie))[1]} {cookie}".strip())
    return write(folder, "requests", "\n".join(lines))


def start_webs(folder):
    filled = os.path.join(folder, "filled")
    shutil.copytree(os.environ["MATINEE_DATA_DIR"], filled)
    draw_requests(folder, filled)
    for port in UPSTREAMS:
        data = os.path.join(folder, str(port))
        shutil.copytree(filled, data)
        yield serve(port, data)


def start_upstream(folder):
    listen = " ".join(f"listen 127.0.0.1:{port};" for port in UPSTREAMS)
    yield start(0, "nginx", "-c", write(folder, "up.conf", UPSTREAM_NGINX.format(dir=folder, listen=listen, body="x" * 2000)))


def start_proxies(folder):
    servers = " ".join(f"server 127.0.0.1:{port};" for port in UPSTREAMS)
    yield start(1, "nginx", "-c", write(folder, "px.conf", PROXY_NGINX.format(dir=folder, servers=servers, port=PORT["nginx"])))
    servers = "\n".join(f"  server s{port} 127.0.0.1:{port} check" for port in UPSTREAMS)
    yield start(1, "haproxy", "-f", write(folder, "ha.cfg", HAPROXY.format(port=PORT["haproxy"], servers=servers)))
    servers = ", ".join(f'"127.0.0.1:{port}"' for port in UPSTREAMS)
    config = write(folder, "director.toml", DIRECTOR.format(dir=folder, port=PORT["director"], servers=servers))
    yield start(1, os.environ["BENCH_DIRECTOR"], "serve", config)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", action="store_true", help="before web instances, with pages")
    options.add_argument("--unpinned", action="store_true", help="wrk, proxies and upstreams share all cores")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--json")
    options = options.parse_args()
    global pinned
    pinned = not options.unpinned
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        processes = []
        try:
            upstreams = list((start_webs if options.pages else start_upstream)(folder))
            processes += upstreams
            for port in UPSTREAMS:
                wait(port, "/readyz" if options.pages else "/")
            lua = PAGES_LUA.format(lines=os.path.join(folder, "requests")) if options.pages else DONE_LUA
            script = write(folder, "wrk.lua", lua)
            processes += start_proxies(folder)
            for port in PORT.values():
                wait(port)
            pids = dict(zip(("nginx", "haproxy", "director"), (process.pid for process in processes[len(upstreams):]), strict=True))
            for number in range(options.rounds):
                order = list(PORT)[number % 4:] + list(PORT)[:number % 4]
                alone = {name: wrk(PORT[name], 1, options.seconds, script) for name in order}
                many, cpu_us = {}, {}
                for name in order:
                    pid = pids.get(name)
                    before = cpu_seconds(pid) if pid else 0
                    many[name] = wrk(PORT[name], CONNECTIONS, options.seconds, script)
                    used = (cpu_seconds(pid) if pid else 0) - before
                    cpu_us[name] = used * 1e6 / (many[name][0] * options.seconds)
                rounds.append({
                    name: {"median_ms": alone[name][1], "rps": many[name][0], "p50_ms": many[name][1], "p99_ms": many[name][2], "p999_ms": many[name][3], "cpu_us": cpu_us[name]}
                    for name in PORT
                })
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()
    show(rounds, options.json)


def show(rounds, path):
    median = lambda name, key: statistics.median(one[name][key] for one in rounds)  # noqa: E731
    result = {}
    for name in PORT:
        added = statistics.median(one[name]["median_ms"] - one["direct"]["median_ms"] for one in rounds)
        result[name] = {"median_ms": median(name, "median_ms"), "added_ms": added, "rps": median(name, "rps"), "p50_ms": median(name, "p50_ms"),
                        "p99_ms": median(name, "p99_ms"), "p999_ms": median(name, "p999_ms"), "cpu_us": median(name, "cpu_us")}
    print(f"{'':10}{'median ms, 1 conn':>18}{'added ms':>10}{'requests/s, 64 conn':>21}{'p50 ms':>8}{'p99 ms':>8}{'p99.9 ms':>10}{'CPU µs each':>13}")
    for name, one in result.items():
        print(f"{name:10}{one['median_ms']:18.3f}{one['added_ms']:10.3f}{one['rps']:21.0f}{one['p50_ms']:8.2f}{one['p99_ms']:8.2f}{one['p999_ms']:10.2f}{one['cpu_us']:13.1f}")
    print("(CPU of the proxy alone: on a machine that does other things, too, it tells more than requests a second.)")
    better = max(result[name]["rps"] for name in PROXIES[1:])
    share = 100 * result["director"]["rps"] / better
    result["throughput_percent_of_better"] = share
    print(f"The director adds {result['director']['added_ms']:.3f} ms at the median (bar 0.3), and carries {share:.0f} % of the better "
          f"one's requests (bar 80).")
    if path:
        pathlib.Path(path).write_text(json.dumps({"medians": result, "rounds": rounds}, indent=2))


if __name__ == "__main__":
    main()
