"""The live board: who is up, requests a second, p99, hit rates, lag. All of it from /metrics and PostgreSQL."""

import re
import time

from processes import get

LINE = re.compile(r'^(\w+?)(?:\{(.*)\})? ([-\d.e+naifNI]+)$', re.M)
LABEL = re.compile(r'(\w+)="([^"]*)"')


def read(text):
    """Measurements as (name, labels, value)."""
    return [(name, dict(LABEL.findall(labels)), float(value)) for name, labels, value in LINE.findall(text)]


class Counters:
    """What grew between two looks."""

    def __init__(self):
        self.before, self.now, self.seconds, self.at = {}, {}, 1.0, time.monotonic()

    def look(self, measurements):
        at = time.monotonic()
        self.before, self.seconds, self.at = self.now, max(at - self.at, 0.001), at
        self.now = {(name, tuple(sorted(labels.items()))): value for name, labels, value in measurements}

    def grown(self, name, **wanted):
        """(labels, growth) of all of that name."""
        for (found, labels), value in self.now.items():
            labels_ = dict(labels)
            if found == name and all(labels_.get(key) == right for key, right in wanted.items()):
                yield labels_, max(value - self.before.get((found, labels), value if not self.before else 0), 0)

    def rate(self, name, **wanted):
        return sum(growth for _, growth in self.grown(name, **wanted)) / self.seconds

    def p99_ms(self, name, **wanted):
        """The upper end of the bucket that holds the 99th of 100; None when there was nothing."""
        buckets = {}
        for labels, growth in self.grown(name + "_bucket", **wanted):
            end = float(labels["le"].replace("+Inf", "inf"))
            buckets[end] = buckets.get(end, 0) + growth
        total = buckets.get(float("inf"), 0)
        return next((end * 1000 for end in sorted(buckets) if total and buckets[end] >= total * 0.99), None)

    def hit_rates(self):
        """Per cache, in percent: of every counter whose labels tell hits from misses."""
        tallies = {}
        for (name, labels), value in self.now.items():
            labels_ = dict(labels)
            result = labels_.get("result") or labels_.get("outcome")
            if "cache" in name and result in ("hit", "miss"):
                cache = labels_.get("cache") or labels_.get("kind") or name.replace("_total", "")
                tallies.setdefault(cache, {}).setdefault(result, 0)
                tallies[cache][result] += value
        return {cache: 100 * t.get("hit", 0) / max(sum(t.values()), 1) for cache, t in tallies.items()}


class Board:
    def __init__(self, cluster):
        self.cluster = cluster
        self.counters = {}

    def counter(self, process, url):
        counters = self.counters.setdefault(process.name, Counters())
        counters.look(read(get(url)[1]))
        return counters

    def rows(self):
        cluster, owner = self.cluster, self.cluster.net.owner()
        for index, process in enumerate(cluster.directors):
            counters = self.counter(process, f"http://{cluster.net.admin(index)}/metrics")
            note = "has the address" if owner == index else ""
            rates = ", ".join(f"files {rate:.0f} % hits" for rate in counters.hit_rates().values())
            yield process, counters.rate("director_requests_total"), counters.p99_ms("director_request_seconds"), \
                counters.rate("director_requests_total", status="5xx"), "  ".join(filter(None, [note, rates]))
        for number, process in enumerate(cluster.webs, 1):
            counters = self.counter(process, f"http://{cluster.web_address(number)}/metrics")
            name = "matinee_http_request_duration_seconds"
            errors = sum(g for labels, g in counters.grown(name + "_count") if labels.get("status", "").startswith("5"))
            rates = "  ".join(f"{cache} {rate:.0f} % hits" for cache, rate in counters.hit_rates().items())
            yield process, counters.rate(name + "_count"), counters.p99_ms(name), errors / counters.seconds, rates
        for process in cluster.workers:
            yield process, None, None, None, ""
        lag = cluster.postgres.lag()
        yield cluster.postgres.primary, None, None, None, ""
        behind = "does not follow" if lag is None else f"{lag[0] / 1024:.0f} kB, {lag[1] * 1000:.0f} ms behind"
        yield cluster.postgres.standby, None, None, None, behind

    def text(self):
        number = lambda value, form: form.format(value) if value is not None else ""  # noqa: E731
        lines = [f"{'':19}{'pid':>8} {'state':9}{'req/s':>8}{'p99 ms':>9}{'5xx/s':>8}  "]
        for process, rate, p99, errors, note in self.rows():
            state = "ready" if process.is_ready() else "running" if process.is_running() else "down"
            pid = process.child.pid if process.is_running() else ""
            again = f"started again {process.restarts}×  " if process.restarts else ""
            lines.append(f"{process.name:19}{pid:>8} {state:9}{number(rate, '{:8.1f}'):>8}{number(p99, '≤{:.0f}'):>9}"
                         f"{number(errors, '{:8.1f}'):>8}  {again}{note}")
        return "\n".join(lines)
