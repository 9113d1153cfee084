#!/usr/bin/env python3
"""What no schema sees in a file of Compose or Kubernetes: names that name nothing, settings of ours that don't exist.

Usage: deploy.py FILE [DIRECTOR]; DIRECTOR, where it is built, reads the settings that Kubernetes' manifests hold. By scripts/checks/deploy.sh."""

import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Variables of the environment that are written as docs/settings.md says, not as `section.key` is.
SETTINGS = set(re.findall(r"`(MATINEE_\w+|[a-z_]+\.[a-z_0-9.]+)`", (ROOT / "docs/settings.md").read_text()))


def names_a_setting(variable):
    if not variable.startswith("MATINEE_"):
        return True
    return variable in SETTINGS or variable[len("MATINEE_"):].lower().replace("__", ".") in SETTINGS


def compose(file):
    services, volumes = file["services"], file.get("volumes") or {}
    for name, service in services.items():
        service = service or {}
        where = f"service {name}"
        if not (service.get("image") or service.get("build")):
            yield f"{where} has no image"
        for other in service.get("depends_on") or []:
            if other not in services:
                yield f"{where} depends on {other}, which is no service"
        for volume in service.get("volumes") or []:
            source = volume.split(":")[0]
            if not source.startswith((".", "/", "$")) and source not in volumes:
                yield f"{where} mounts {source}, which is no volume"
        environment = service.get("environment") or {}
        for variable in environment if isinstance(environment, dict) else [one.split("=")[0] for one in environment]:
            if not names_a_setting(variable):
                yield f"{where} sets {variable}, which docs/settings.md does not know"


def kubernetes(documents, director):
    by_kind = {(one["kind"], one["metadata"]["name"]): one for one in documents}
    for (kind, name), one in by_kind.items():
        where = f"{kind} {name}"
        spec = one.get("spec", {})
        if kind in ("StatefulSet", "Deployment"):
            template = spec["template"]
            labels = template["metadata"]["labels"]
            if spec["selector"]["matchLabels"].items() - labels.items():
                yield f"{where} selects no pods of its own"
            if "serviceName" in spec and ("Service", spec["serviceName"]) not in by_kind:
                yield f"{where} names the service {spec['serviceName']}, which is not there"
            volumes = {volume["name"] for volume in template["spec"].get("volumes", [])}
            volumes |= {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])}
            for container in template["spec"]["containers"]:
                ports = {port["name"] for port in container.get("ports", [])}
                for mount in container.get("volumeMounts", []):
                    if mount["name"] not in volumes:
                        yield f"{where} mounts {mount['name']}, which is no volume"
                for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                    port = container.get(probe, {}).get("httpGet", {}).get("port")
                    if port is not None and port not in ports:
                        yield f"{where}: {probe} asks port {port}, which is none"
                for variable in container.get("env", []):
                    if not names_a_setting(variable["name"]):
                        yield f"{where} sets {variable['name']}, which docs/settings.md does not know"
        elif kind in ("Service", "PodDisruptionBudget"):
            wanted = spec["selector"] if kind == "Service" else spec["selector"]["matchLabels"]
            pods = [other["spec"]["template"]["metadata"]["labels"] for (of, _), other in by_kind.items() if of in ("StatefulSet", "Deployment")]
            if not any(wanted.items() <= labels.items() for labels in pods):
                yield f"{where} selects no pods"
        elif kind == "ConfigMap" and "director.toml" in one["data"] and director:
            yield from director_reads(where, one["data"]["director.toml"], director)


def director_reads(where, text, director):
    """Whether the director takes these settings, its certificate and names left aside: they are elsewhere."""
    text = re.sub(r"(?m)^(https|redirect_to_https|certificate|key) = .*$", "", text).replace('dns = "matinee-web:8080"', 'dns = "localhost:8080"')
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([director, "check", file.name], capture_output=True, text=True, check=False)
    if done.returncode:
        yield f"{where}: {done.stderr.strip()}"


def main():
    path, director = pathlib.Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    documents = [one for one in yaml.safe_load_all(path.read_text()) if one]
    director = director if pathlib.Path(director).is_file() else ""
    problems = list(compose(documents[0]) if "services" in documents[0] else kubernetes(documents, director))
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
