#!/usr/bin/env python3
"""Replays every example of Examples/index.json against a running service and compares the answers.

  Examples/replay.py --binary .build/release/vflowopt   start the service, compare, stop it
  Examples/replay.py --url http://127.0.0.1:8080        compare; exit 1 at any difference
  Examples/replay.py … --record                         write Examples/responses/ from the answers

Each request carries a request id of its own name, so a whole answer can be compared, problem
documents included; only moments (members that end in _at) differ from run to run. The examples are
replayed in their order: those of calibration make a study, use it and delete it.
"""
import argparse
import contextlib
import json
import pathlib
import sys
import urllib.error
import urllib.request

import service

MOMENT = "2026-01-01T00:00:00.000Z"
HERE = pathlib.Path(__file__).resolve().parent


def send(url, example):
    """Answers (status, document) of one example."""
    body = None
    if (path := HERE / "requests" / f"{example['name']}.json").exists():
        body = path.read_bytes()
    request = urllib.request.Request(
        url + example["path"], data=body, method=example["method"],
        headers={"Content-Type": "application/json", "X-Request-Id": f"example-{example['name']}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, timeless(json.load(answer)) if answer.status != 204 else None
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


def timeless(value):
    """The same document with one moment in all places."""
    if isinstance(value, list):
        return [timeless(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: MOMENT if key.endswith("_at") else timeless(item) for key, item in value.items()}


def render(value, indent=0):
    """JSON with short values on one line, so that a difference is easy to read."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= 88 or not isinstance(value, (dict, list)):
        return line
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {render(item, indent + 2)}" for key, item in value.items()]
    else:
        parts = [render(item, indent + 2) for item in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{' ' * indent}{closing}"


def replay(url, record):
    """The number of examples that were not answered as written."""
    failures = 0
    examples = json.loads((HERE / "index.json").read_text(encoding="utf-8"))
    for example in examples:
        status, document = send(url, example)
        path = HERE / "responses" / f"{example['name']}.json"
        problem = None
        if status != example["status"]:
            problem = f"status {status}, expected {example['status']}"
        elif document is None:
            pass
        elif record:
            path.write_text(render(document) + "\n", encoding="utf-8")
        elif json.loads(path.read_text(encoding="utf-8")) != document:
            problem = f"another answer than {path.name}"
        if problem:
            failures += 1
            print(f"FAIL {example['name']}: {problem}\n{render(document)}")
    print(f"{len(examples) - failures} of {len(examples)} examples answered as written")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--binary", help="start this program on a free port")
    target.add_argument("--url", help="use a service that runs")
    parser.add_argument("--record", action="store_true", help="write the answers down")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        url = arguments.url or stack.enter_context(service.running(arguments.binary))
        return 1 if replay(url, arguments.record) else 0


if __name__ == "__main__":
    sys.exit(main())
