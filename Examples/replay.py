#!/usr/bin/env python3
"""Replays every example of Examples/index.json against a running service and compares the answers.

  Examples/replay.py --url http://127.0.0.1:8080            compare; exit 1 at any difference
  Examples/replay.py --url http://127.0.0.1:8080 --record   write Examples/responses/ from the answers

Each request carries a request id of its own name, so a whole answer can be compared, problem
documents included.
"""
import argparse
import json
import pathlib
import sys
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


def send(url, example):
    """Answers (status, document) of one example."""
    body = None
    if example["method"] == "POST":
        body = (HERE / "requests" / f"{example['name']}.json").read_bytes()
    request = urllib.request.Request(
        url + example["path"], data=body, method=example["method"],
        headers={"Content-Type": "application/json", "X-Request-Id": f"example-{example['name']}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--record", action="store_true", help="write the answers down")
    arguments = parser.parse_args()
    failures = 0
    for example in json.loads((HERE / "index.json").read_text(encoding="utf-8")):
        status, document = send(arguments.url, example)
        path = HERE / "responses" / f"{example['name']}.json"
        problem = None
        if status != example["status"]:
            problem = f"status {status}, expected {example['status']}: {render(document)}"
        elif arguments.record:
            path.write_text(render(document) + "\n", encoding="utf-8")
        elif json.loads(path.read_text(encoding="utf-8")) != document:
            problem = f"another answer than {path.name}: {render(document)}"
        if problem:
            failures += 1
            print(f"FAIL {example['name']}: {problem}")
    total = len(json.loads((HERE / "index.json").read_text(encoding="utf-8")))
    print(f"{total - failures} of {total} examples answered as written")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
