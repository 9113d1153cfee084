"""MDN's HTTP Observatory over pages behind the director, by https."""

import json
import pathlib
import subprocess

from findings import Finding, ScannerFailed
from product import clean_environment, free_port

# The score that the issue asks for; 100 and what is given beyond it.
BAR = 130
PAGES = ("/", "/search?q=alien", "/sign-in", "/privacy")


def score_of(tools, ports, path, certificate=None):
    package = tools / "observatory/node_modules/@mdn/mdn-http-observatory"
    command = ["node", str(pathlib.Path(__file__).with_name("observatory.mjs")), str(package), str(ports["http"]), str(ports["https"]), path]
    env = clean_environment()
    if certificate:
        env["NODE_EXTRA_CA_CERTS"] = str(certificate)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False)
    if done.returncode:
        raise ScannerFailed(f"the Observatory did not score {path}: {done.stderr.strip()[-400:]}")
    return json.loads(done.stdout)


def findings_of(tools, ports, path, certificate=None):
    scored = score_of(tools, ports, path, certificate)
    told = f"{path} scores {scored['score']} ({scored['grade']}); failed: {', '.join(scored['failed']) or 'none'}"
    severity = "info" if scored["score"] >= BAR else "medium"
    return [Finding(severity, f"Observatory, {BAR} wanted", told)]


def of_broken(audited, tools, _):
    target = audited.broken()
    ports = {"http": int(target.url.rsplit(":", 1)[1]), "https": free_port()}
    return findings_of(tools, ports, "/")


def of_product(audited, tools, _):
    ports, certificate = audited.front()
    return [found for path in PAGES for found in findings_of(tools, ports, path, certificate)]
