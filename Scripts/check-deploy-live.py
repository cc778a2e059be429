#!/usr/bin/env python3
"""Checks dashboard, alert rules and settings below deploy/ against a service that runs.

    Scripts/check-deploy-live.py .build/release/vflowopt [--strict]

Starts the service on free ports of the loopback interface, sends it the examples, lets Prometheus
scrape it for some seconds, and asks each query. --strict fails where Prometheus is missing; without
it only the names are compared. Standard library only.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
DASHBOARD = ROOT / "deploy/grafana/dashboard.json"
RULES = ROOT / "deploy/prometheus/rules.yaml"
NAME = r"\b(?:vflowopt|process)_[a-z_]+\b"
SUFFIX = r"_(bucket|sum|count)$"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextlib.contextmanager
def running(command, **arguments):
    """A process for as long as the block lasts."""
    process = subprocess.Popen(command, **arguments)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def send_examples(url):
    """Every example once; their answers are looked at elsewhere."""
    for example in json.loads((ROOT / "Examples/index.json").read_text(encoding="utf-8")):
        path = ROOT / f"Examples/requests/{example['name']}.json"
        request = urllib.request.Request(
            url + example["path"], data=path.read_bytes() if path.exists() else None,
            method=example["method"], headers={"Content-Type": "application/json"})
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=10).read()


def queries():
    """(where, query) of each panel, annotation and variable of the dashboard."""
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield f"panel '{panel['title']}'", target["expr"]


def used_names():
    """(where, metric name), as far as names can be read off the text."""
    for path in (DASHBOARD, RULES, ROOT / "docs/operations.md", ROOT / "docs/performance.md"):
        content = path.read_text(encoding="utf-8")
        # A recording's name is level:metric:operation.
        for name in sorted(set(re.findall(r"(?<![:\w`/-])" + NAME + r"(?![:\w]|\.)", content))):
            yield path.name, name
    for path in sorted((ROOT / "deploy/kubernetes").rglob("*.yaml")):
        for name in set(re.findall(r"name: (vflowopt_\w+)", path.read_text(encoding="utf-8"))):
            yield path.name, name


def check_names(exposition):
    """Each metric that is named exists."""
    known = set(re.findall(r"^# TYPE (\w+) ", exposition, re.M))
    for where, name in used_names():
        if name not in known and re.sub(SUFFIX, "", name) not in known:
            yield f"{where}: the service has no metric {name}"


def check_format(exposition):
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=exposition, capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stderr.strip():
        yield f"promtool check metrics: {done.stderr.strip()}"


def check_settings(binary):
    """The service accepts the environment of each manifest."""
    printed = subprocess.run([binary, "serve", "--print-config"], capture_output=True, text=True, check=True)
    known = {f"VFLOWOPT_{key.upper()}" for key in re.findall(r"^(\w+) = ", printed.stdout, re.M)}
    for path in sorted((ROOT / "deploy").rglob("*.yaml")):
        content = path.read_text(encoding="utf-8")
        pairs = re.findall(r"name: (VFLOWOPT_\w+)\n +value: [\"']?([^\"'\n]+)", content)
        pairs += re.findall(r"^ +(VFLOWOPT_\w+): \"?([^\"\n]+)", content, re.M)
        given = dict(pairs)
        if not given:
            continue
        done = subprocess.run(
            [binary, "serve", "--print-config"], env={**os.environ, **given}, capture_output=True, text=True,
            check=False)
        if done.returncode != 0:
            yield f"{path.relative_to(ROOT)}: {done.stderr.strip()}"


def scraped(url, scratch):
    """A Prometheus that scrapes the service each half second; yields its URL."""
    port = free_port()
    target = url.removeprefix("http://")
    config = pathlib.Path(scratch, "prometheus.yaml")
    config.write_text(
        "global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1s}\n"
        f"rule_files: ['{RULES}']\n"
        f"scrape_configs: [{{job_name: vflowopt, static_configs: [{{targets: ['{target}']}}]}}]\n",
        encoding="ascii")
    return f"http://127.0.0.1:{port}", running(
        ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={scratch}/data",
         f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"], stderr=subprocess.DEVNULL)


def ask(prometheus, query):
    parameters = urllib.parse.urlencode({"query": query})
    return json.loads(get(f"{prometheus}/api/v1/query?{parameters}"))["data"]["result"]


def wait_for_samples(prometheus):
    """Until there are enough scrapes for a rate."""
    for _ in range(100):
        with contextlib.suppress(OSError, KeyError):
            result = ask(prometheus, "count_over_time(vflowopt_build_info[1m])")
            if result and int(result[0]["value"][1]) >= 6:
                return
        time.sleep(0.2)
    raise SystemExit("Prometheus has not scraped the service")


def check_queries(prometheus):
    """Each query of the dashboard finds something, and each rule can be evaluated."""
    for where, query in queries():
        query = query.replace("$__rate_interval", "30s").replace("$job", "vflowopt").replace("$instance", ".*")
        try:
            found = ask(prometheus, query)
        except urllib.error.HTTPError as error:
            yield f"dashboard.json, {where}: {error.read().decode()}"
            continue
        if not found:
            yield f"dashboard.json, {where}: nothing comes of {query}"
    for group in json.loads(get(f"{prometheus}/api/v1/rules"))["data"]["groups"]:
        for rule in group["rules"]:
            if rule["health"] != "ok" or rule.get("state", "inactive") == "firing":
                yield f"rules.yaml, {rule['name']}: {rule['health']} {rule.get('state', '')}"


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--strict"]
    binary = arguments[0] if arguments else str(ROOT / ".build/release/vflowopt")
    has_prometheus = bool(shutil.which("prometheus") and shutil.which("promtool"))
    command = [binary, "serve", "--port", "0", "--log-level", "error", "--store", "memory:"]
    with running(command, stdout=subprocess.PIPE, text=True) as service, \
            tempfile.TemporaryDirectory() as scratch:
        url = service.stdout.readline().split()[-1]
        send_examples(url)
        exposition = get(url + "/metrics")
        faults = [*check_names(exposition), *check_settings(binary)]
        if has_prometheus:
            faults += check_format(exposition)
            prometheus, process = scraped(url, scratch)
            with process:
                wait_for_samples(prometheus)
                send_examples(url)
                time.sleep(1.5)
                faults += check_queries(prometheus)
        elif "--strict" in sys.argv:
            faults.append("prometheus is missing (Scripts/install-packages.sh deploy)")
        else:
            print("SKIPPED: prometheus is missing, so no query was asked")
    for fault in faults:
        print(fault)
    count = len(list(queries()))
    print(f"deploy: {count} queries, {len(set(used_names()))} names of metrics, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
