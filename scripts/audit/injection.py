"""sqlmap over query strings and forms: search, filters, sorting, pages, descriptions, signing in. As an admin, who may ask for most."""

import subprocess

from findings import Finding, ScannerFailed
from product import Member, clean_environment

FOUND = "identified the following injection point"
CLEAN = "all tested parameters do not appear to be injectable"
# What each size tries; the database behind is SQLite in both targets.
EFFORT = {
    "quick": ["--level", "1", "--risk", "1", "--technique", "BEU"],
    "full": ["--level", "2", "--risk", "2", "--technique", "BEUSTQ", "--time-sec", "2"],
}
SECONDS = 1200
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

# (address, body, media type of the body): every parameter of each is tried.
TARGETS = [
    ("/search?q=alien&genre=Drama&from=1970&to=1999&min=3", None, None),
    ("/api/v1/search?q=alien&genre=Drama&from=1970&to=1999&min_rating=3&limit=5&offset=0", None, None),
    ("/api/v1/describe?q=a+ship+in+space&limit=5", None, None),
    ("/describe?q=a+ship+in+space", None, None),
    ("/ratings?sort=recent&title=a&stars=4&page=1", None, None),
    ("/api/v1/me/ratings?sort=recent&title=a&stars=4&offset=0&limit=5", None, None),
    ("/admin/history?by=import&of=demo&since=2026-01-01&before=01a216df-d41e-7508-94f5-a9262257aa9c", None, None),
    ("/admin/people?q=mia&role=member&after=a", None, None),
    ("/api/v1/session", '{"email": "mia@example.org", "password": "wrong horse"}', JSON),
    ("/api/ui/sign-in", "email=mia%40example.org&password=wrong+horse&back=%2F", FORM),
    ("/sign-in/forgot", "email=mia%40example.org", FORM),
]
# Those of the quick form: one of each kind of statement.
FEW = ("/search?", "/ratings?", "/admin/people?", "/api/v1/session")
BROKEN = [("/search?q=alien&sort=title", None, None), ("/sign-in", "email=a%40example.org&password=b", FORM)]


def sqlmap(tools, folder, number, target, size, cookie=None):
    """sqlmap's words on one target."""
    url, body, kind = target
    command = [
        str(tools / "sqlmap/bin/sqlmap"), "--url", url, "--batch", "--disable-coloring", "--flush-session", "--dbms", "SQLite",
        "--output-dir", str(folder / f"sqlmap-{number}"), "--threads", "4", "--timeout", "30", "--retries", "1",
        "--answers", "follow=N,redirect=N", "--drop-set-cookie", *EFFORT[size],
    ]
    headers = [f"Content-Type: {kind}"] if kind else []
    if cookie:
        command += ["--cookie", cookie, "--param-exclude", "matinee_session"]
    if headers:
        command += ["--headers", "\n".join(headers)]
    if body is not None:
        # A sign-in is refused, and a refusal is no reason to give up.
        command += ["--data", body, "--ignore-code", "*"]
    else:
        command += ["--ignore-code", "*"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=clean_environment(), check=False)
    log = folder / f"sqlmap-{number}.log"
    log.write_text(done.stdout + done.stderr)
    return done.stdout, log


def findings_of(tools, folder, base, targets, size, cookie=None):
    found = []
    for number, (path, body, kind) in enumerate(targets):
        words, log = sqlmap(tools, folder, number, (base + path, body, kind), size, cookie)
        if FOUND in words:
            found.append(Finding("critical", "SQL injection", f"{path}; see {log}"))
        elif CLEAN not in words:
            raise ScannerFailed(f"sqlmap came to no end with {path}; its words: {log}")
    return found


def of_broken(audited, tools, size):
    folder = audited.folder / "sqlmap-broken"
    folder.mkdir()
    return findings_of(tools, folder, audited.broken().url, BROKEN, "quick")


def of_product(audited, tools, size):
    folder = audited.folder / "sqlmap-product"
    folder.mkdir()
    web = audited.web("injection")
    member = Member(web.url)
    audited.command(web, "users", "grant", "mia@example.org", "admin")
    targets = [target for target in TARGETS if size == "full" or target[0].startswith(FEW)]
    return findings_of(tools, folder, web.url, targets, size, member.cookie)
