"""schemathesis over the OpenAPI documents: of /api/v1 as a member with a token, and of the AI worker."""

import json
import pathlib
import subprocess

from findings import Finding, ScannerFailed
from product import Member, clean_environment

CONFIG = pathlib.Path(__file__).with_name("schemathesis.toml")
# Examples of each operation and phase, and the longest that one document may take.
EXAMPLES = {"quick": 4, "full": 60}
SECONDS = {"quick": 120, "full": 1200}


def run(tools, folder, name, url, document, size, token=None):
    report = folder / f"schemathesis-{name}.json"
    command = [
        str(tools / "schemathesis/bin/st"), "--config-file", str(CONFIG), "--no-color", "run", url + document, "--url", url,
        "--max-examples", str(EXAMPLES[size]), "--seed", "1", "--generation-database", "none", "--continue-on-failure",
        "--request-timeout", "30", "--report-json-path", str(report),
    ]
    if size == "quick":
        command += ["--phases", "examples,coverage"]
    if token:
        command += ["--header", f"Authorization: Bearer {token}"]
    log = folder / f"schemathesis-{name}.log"
    with open(log, "w") as out:
        done = subprocess.run(command, stdout=out, stderr=out, cwd=folder, env=clean_environment(), timeout=SECONDS[size], check=False)
    if not report.exists():
        raise ScannerFailed(f"schemathesis ended with {done.returncode} and without a report; its words: {log}")
    return read(json.loads(report.read_text()), log)


def read(report, log):
    """What the report tells, with its own severities. What could not be tested counts as well."""
    found = [
        Finding(failure["severity"], failure["title"], f"{', '.join(failure['operations'])}; see {log}") for failure in report["failures"]
    ]
    found += [Finding("medium", f"not tested: {error['title']}", f"{error['count']} operations; see {log}") for error in report["errors"]]
    cases, operations = report["test_cases"]["generated"], report["operations"]
    if not found and operations["tested"] < operations["selected"]:
        raise ScannerFailed(f"schemathesis tested {operations['tested']} of {operations['selected']} operations only; its words: {log}")
    return [*found, Finding("info", "tested", f"{operations['tested']} operations by {cases} requests")]


def of_broken(audited, tools, size):
    return run(tools, audited.folder, "broken", audited.broken().url, "/openapi.json", size)


def of_product(audited, tools, size):
    web, worker = audited.web("api"), audited.worker()
    token = Member(web.url).token
    found = run(tools, audited.folder, "web", web.url, "/api/openapi.json", size, token)
    return found + run(tools, audited.folder, "worker", worker.url, "/openapi.json", size)
