#!/usr/bin/env python3
"""What people who look at pages notice of many who sign in by password: the pages' latency without sign-ins and beside them, in turns.

Both kinds of requests are offered at a fixed rate, whatever the server does (an open loop): a request's time begins when it was due, so a
server that stops for a moment is not asked less. The server may use all cores, and this program shares them, which costs both turns the same.
Sign-ins give the right password of one of some accounts, by the API; what the server has no room for is refused with 429.

Usage: bench/sign_in.py [--runs 3] [--seconds 20] [--pages 60] [--sign-ins 50] [--json FILE]; by `bench/run.sh sign-in`.
Needs: a built server and site (`make build`), and a data folder that is full.
Environment: BENCH_SERVER, MATINEE_SITE_DIR, MATINEE_ORT_LIB, MATINEE_DATA_DIR as `bench/run.sh` sets them; other MATINEE_ variables reach the server.
"""

import argparse
import asyncio
import collections
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

PORT = 18485
BASE = f"http://127.0.0.1:{PORT}"
PEOPLE = 20
PASSWORD = "correct horse battery"
# Longer than the server lets a sign-in wait, in seconds.
PATIENCE_S = 20


def ask(method, path, body=None):
    request = urllib.request.Request(BASE + path, method=method, data=body and json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def start(data_dir):
    env = dict(os.environ, PORT=str(PORT), MATINEE_DATA_DIR=data_dir, MATINEE_LOG="error")
    server = subprocess.Popen([os.environ["BENCH_SERVER"], "serve"], env=env, stdout=subprocess.DEVNULL)
    began = time.monotonic()
    while True:
        try:
            ask("GET", "/readyz")
            return server
        except OSError:
            if server.poll() is not None or time.monotonic() - began > 60:
                sys.exit(f"the server did not start (status {server.poll()})")
            time.sleep(0.02)


def packed(method, path, body=b""):
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nConnection: close\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


async def one(request, due):
    """The answer's status, 0 for none, and the seconds since the request was due."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
            writer.write(request)
            answer = await reader.read()
            writer.close()
            status = int(answer[9:12])
    except (OSError, TimeoutError, ValueError):
        status = 0
    return status, time.monotonic() - due


async def offered(requests, rate, seconds):
    """Statuses and times of requests, taken in turns, at `rate` a second."""
    began, tasks = time.monotonic(), []
    for number in range(int(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tasks.append(asyncio.create_task(one(requests[number % len(requests)], due)))
    return await asyncio.gather(*tasks)


async def turn(pages, sign_ins, options):
    """Pages alone, or beside sign-ins."""
    loads = [offered(pages, options.pages, options.seconds)]
    if sign_ins:
        loads.append(offered(sign_ins, options.sign_ins, options.seconds))
    return await asyncio.gather(*loads)


def quantile_ms(answers, share):
    times = sorted(seconds for _, seconds in answers)
    return times[min(len(times) - 1, int(len(times) * share))] * 1000


def page_figures(answers):
    failed = [status for status, _ in answers if status != 200]
    if failed:
        sys.exit(f"{len(failed)} of {len(answers)} pages were not answered with 200: {collections.Counter(failed)}")
    return {"p50_ms": quantile_ms(answers, 0.5), "p99_ms": quantile_ms(answers, 0.99)}


def sign_in_figures(answers, seconds):
    done = [answer for answer in answers if answer[0] == 200]
    failed = collections.Counter(status for status, _ in answers if status not in (200, 429))
    if failed or not done:
        sys.exit(f"of {len(answers)} sign-ins {len(done)} were let in, and {failed.total()} failed: {failed}")
    return {
        "done_per_s": len(done) / seconds,
        "refused_per_s": sum(status == 429 for status, _ in answers) / seconds,
        "p50_ms": quantile_ms(done, 0.5), "p99_ms": quantile_ms(done, 0.99),
    }


def measure(options):
    film = json.loads(ask("GET", "/api/v1/search?q=alien&limit=1"))["movies"][0]["id"]
    pages = [packed("GET", path) for path in ("/", "/search?q=alien", f"/api/v1/movies/{film}", "/search?genre=Drama")]
    people = [{"name": f"p{number}", "email": f"p{number}@example.org", "password": PASSWORD} for number in range(PEOPLE)]
    for person in people:
        ask("POST", "/api/v1/accounts", person)
    bodies = [json.dumps({"email": person["email"], "password": PASSWORD}).encode() for person in people]
    sign_ins = [packed("POST", "/api/v1/session", body) for body in bodies]
    began = time.monotonic()
    for _ in range(PEOPLE):
        ask("POST", "/api/v1/session", {"email": people[0]["email"], "password": PASSWORD})
    alone_ms = (time.monotonic() - began) / PEOPLE * 1000
    asyncio.run(turn(pages, None, argparse.Namespace(pages=options.pages, sign_ins=0, seconds=3)))
    runs = []
    for _ in range(options.runs):
        usual, = asyncio.run(turn(pages, None, options))
        beside, signed = asyncio.run(turn(pages, sign_ins, options))
        usual, beside = page_figures(usual), page_figures(beside)
        runs.append({"usual": usual, "beside": beside, "ratio": beside["p99_ms"] / usual["p99_ms"], "sign_ins": sign_in_figures(signed, options.seconds)})
    return {"pages_per_s": options.pages, "sign_ins_per_s": options.sign_ins, "one_sign_in_ms": alone_ms, "runs": runs}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--pages", type=float, default=60)
    options.add_argument("--sign-ins", type=float, default=50)
    options.add_argument("--json", type=pathlib.Path)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = os.path.join(folder, "data")
        shutil.copytree(os.environ["MATINEE_DATA_DIR"], data_dir)
        server = start(data_dir)
        try:
            figures = measure(options)
        finally:
            server.terminate()
            server.wait(30)
    runs = figures["runs"]
    middle = {kind: {name: statistics.median(run[kind][name] for run in runs) for name in runs[0][kind]} for kind in ("usual", "beside", "sign_ins")}
    figures["median"] = {**middle, "ratio": statistics.median(run["ratio"] for run in runs)}
    signed = middle["sign_ins"]
    print(f"one sign-in by itself: {figures['one_sign_in_ms']:.0f} ms")
    print(f"pages, {options.pages:g}/s: p50 {middle['usual']['p50_ms']:.1f} ms, p99 {middle['usual']['p99_ms']:.1f} ms")
    print(f"  beside {options.sign_ins:g} sign-ins/s: p50 {middle['beside']['p50_ms']:.1f} ms, p99 {middle['beside']['p99_ms']:.1f} ms")
    print(f"  p99 beside sign-ins is {figures['median']['ratio']:.2f} times the usual one (the bar is 2)")
    print(f"sign-ins: {signed['done_per_s']:.1f}/s done, {signed['refused_per_s']:.1f}/s refused for the moment; "
          f"p50 {signed['p50_ms']:.0f} ms, p99 {signed['p99_ms']:.0f} ms")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
