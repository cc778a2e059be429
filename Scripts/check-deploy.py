#!/usr/bin/env python3
"""Checks that the files below deploy/ parse, and that they agree with each other and with docs/.

Run by Scripts/check-deploy.sh, which brings PyYAML. Exit 1 with every fault listed.
"""
import json
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
RUNBOOK = ROOT / "docs/operations.md"
# What lies between the end of the drain's grace period and the moment a platform kills.
MARGIN_SECONDS = 5


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def settings():
    """Variable → default, out of the generated table."""
    rows = re.findall(r"^\| `--[\w-]+` \| `(VFLOWOPT_\w+)` \| \w+ \| `?([^|`]*)`? \|", text("docs/configuration.md"), re.M)
    return dict(rows)


def anchors(path):
    """The anchors that the headings of a Markdown file get."""
    headings = re.findall(r"^#+ +(.*)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def documents():
    """(path, document) of every YAML and JSON file; faults are yielded as (path, exception)."""
    for path in sorted(DEPLOY.rglob("*")):
        try:
            if path.suffix in (".yaml", ".yml"):
                for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
                    yield path, document
            elif path.suffix == ".json":
                yield path, json.loads(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, ValueError) as error:
            yield path, error


def check_variables():
    """Every VFLOWOPT_ variable that is used is a setting."""
    known = set(settings())
    for path in sorted(DEPLOY.rglob("*")):
        if not path.is_file() or path.name == "vflowopt.toml":
            continue
        for name in sorted(set(re.findall(r"VFLOWOPT_[A-Z_]+", path.read_text(encoding="utf-8")))):
            if name.rstrip("_") != "VFLOWOPT" and name not in known:
                yield f"{path.relative_to(ROOT)}: {name} is not in docs/configuration.md"


def containers(pod):
    return [*pod.get("initContainers", []), *pod["containers"]]


def check_pod(name, pod):
    """Probes, rights and times of a pod."""
    if pod.get("enableServiceLinks") is not False:
        yield f"{name}: enableServiceLinks must be false"
    if not pod.get("securityContext", {}).get("runAsNonRoot"):
        yield f"{name}: must run as another user than root"
    routes = set(yaml.safe_load(text("openapi.yaml"))["paths"])
    ours = [one for one in containers(pod) if "/vflowopt:" in one["image"]]
    if not ours:
        yield f"{name}: has no container of ours"
    for container in ours:
        rights = container.get("securityContext", {})
        if not rights.get("readOnlyRootFilesystem") or rights.get("allowPrivilegeEscalation") is not False:
            yield f"{name}: the file system or the privileges of {container['name']} are open"
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if container.get(probe, {}).get("httpGet", {}).get("path") not in routes:
                yield f"{name}: {probe} asks no route of openapi.yaml"
        environment = {entry["name"]: entry.get("value") for entry in container["env"]}
        grace = int(environment.get("VFLOWOPT_DRAIN_GRACE_SECONDS", settings()["VFLOWOPT_DRAIN_GRACE_SECONDS"]))
        pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
        needed = pause + grace + MARGIN_SECONDS
        if pod["terminationGracePeriodSeconds"] < needed:
            yield f"{name}: terminationGracePeriodSeconds is below {needed}"


def check_kubernetes():
    """What the schemas cannot tell, on the rendered overlays."""
    for path in sorted((DEPLOY / "kubernetes/rendered").glob("*.yaml")):
        objects = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        deployments = {one["metadata"]["name"]: one for one in objects if one["kind"] == "Deployment"}
        labels = []
        for name, deployment in deployments.items():
            template = deployment["spec"]["template"]
            labels.append(template["metadata"]["labels"])
            yield from check_pod(f"{path.name}: {name}", template["spec"])
        for one in objects:
            spec = one.get("spec", {})
            selector = spec.get("podSelector") or spec.get("selector")
            if one["kind"] != "ServiceMonitor" and selector:
                wanted = selector.get("matchLabels", selector).items()
                if not any(wanted <= pod.items() for pod in labels):
                    yield f"{path.name}: {one['kind']} selects no pod"
            if one["kind"] == "HorizontalPodAutoscaler" and spec["scaleTargetRef"]["name"] not in deployments:
                yield f"{path.name}: the autoscaler has no target"


def check_times():
    """A drain must fit into what systemd and compose allow; proxies close idle connections first."""
    grace = int(settings()["VFLOWOPT_DRAIN_GRACE_SECONDS"])
    stop = int(re.search(r"^TimeoutStopSec=(\d+)", text("deploy/systemd/vflowopt.service"), re.M)[1])
    if stop < grace + MARGIN_SECONDS:
        yield "vflowopt.service: TimeoutStopSec is shorter than a drain"
    service = yaml.safe_load(text("deploy/compose/compose.yaml"))["services"]["vflowopt"]
    grace = int(service["environment"]["VFLOWOPT_DRAIN_GRACE_SECONDS"])
    if int(service["stop_grace_period"].removesuffix("s")) < grace + MARGIN_SECONDS:
        yield "compose.yaml: stop_grace_period is shorter than a drain"
    keep_alive = int(settings()["VFLOWOPT_KEEP_ALIVE_TIMEOUT_SECONDS"])
    for name, pattern in (
        ("nginx.conf", r"^    keepalive_timeout (\d+)s"), ("haproxy.cfg", r"timeout http-keep-alive (\d+)s"),
        ("envoy.yaml", r"idle_timeout: (\d+)s\}"),
    ):
        found = re.findall(pattern, text(f"deploy/proxies/{name}"), re.M)
        if not found or max(map(int, found)) >= keep_alive:
            yield f"{name}: keeps idle connections for longer than the service"


def check_alerts():
    """Each alert has a severity, a unit test, and a section of its own in the runbook."""
    rules = yaml.safe_load(text("deploy/prometheus/rules.yaml"))
    tested = set(re.findall(r"alertname: (\w+)\n +exp_alerts:\n", text("deploy/prometheus/rules-test.yaml")))
    known = anchors(RUNBOOK)
    alerts = [rule for group in rules["groups"] for rule in group["rules"] if "alert" in rule]
    for rule in alerts:
        name = rule["alert"]
        if rule["labels"]["severity"] not in ("critical", "warning"):
            yield f"{name}: unknown severity"
        if name not in tested:
            yield f"{name}: no unit test shows that it fires"
        page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        if not page.endswith("/docs/operations.md") or anchor not in known:
            yield f"{name}: docs/operations.md has no section #{anchor}"
    for section in known:
        if section.startswith("vflowopt") and section not in {rule["alert"].lower() for rule in alerts}:
            yield f"docs/operations.md: section #{section} has no alert"


def check_links():
    """Relative links of the runbook lead somewhere."""
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", RUNBOOK.read_text(encoding="utf-8")):
        if "://" not in target and not (RUNBOOK.parent / target).exists():
            yield f"docs/operations.md: {target} does not exist"
    for anchor in re.findall(r"\]\(#([^)]+)\)", RUNBOOK.read_text(encoding="utf-8")):
        if anchor not in anchors(RUNBOOK):
            yield f"docs/operations.md: there is no section #{anchor}"


def check_dashboard():
    """Panels do not overlap and their identifiers are their own."""
    panels = json.loads(text("deploy/grafana/dashboard.json"))["panels"]
    if len({panel["id"] for panel in panels}) != len(panels):
        yield "dashboard.json: two panels share an identifier"
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        if cells & taken or place["x"] + place["w"] > 24:
            yield f"dashboard.json: {panel['title']} overlaps another panel or the edge"
        taken |= cells


def check_envoy():
    """Routes name clusters that exist and are asked whether they are ready."""
    document = yaml.safe_load(text("deploy/proxies/envoy.yaml"))["static_resources"]
    clusters = {cluster["name"]: cluster for cluster in document["clusters"]}
    manager = document["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    for route in manager["route_config"]["virtual_hosts"][0]["routes"]:
        if route["route"]["cluster"] not in clusters:
            yield f"envoy.yaml: there is no cluster {route['route']['cluster']}"
    for name, cluster in clusters.items():
        if cluster["health_checks"][0]["http_health_check"]["path"] != "/readyz":
            yield f"envoy.yaml: {name} is not asked at /readyz"


def check_compose():
    """What compose mounts exists."""
    for name, service in yaml.safe_load(text("deploy/compose/compose.yaml"))["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith(".") and not (DEPLOY / "compose" / source).exists():
                yield f"compose.yaml: {name} mounts {source}, which does not exist"


def main():
    faults = [f"{path.relative_to(ROOT)}: {error}" for path, error in documents() if isinstance(error, Exception)]
    if not faults:
        for check in (
            check_variables, check_kubernetes, check_times, check_alerts, check_links, check_dashboard,
            check_envoy, check_compose,
        ):
            faults += check()
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
