#!/usr/bin/env python3
"""Checks openapi.yaml: references, problem pages, and every example against its schema.

  Scripts/check-openapi.py           check; exit 1 with every fault listed
  Scripts/check-openapi.py --write   first copy Examples/ into the `examples` at its end

Needs python3-yaml and python3-jsonschema (`make docs` installs them); where openapi-spec-validator
is installed as well, the document is checked against the OpenAPI 3.1 schema too.
"""
import json
import pathlib
import re
import sys

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "openapi.yaml"
EXAMPLES = ROOT / "Examples"
MARK = "  # Written from Examples/ by Scripts/check-openapi.py --write.\n  examples:\n"
METHODS = ("get", "post", "put", "delete")


def index():
    return json.loads((EXAMPLES / "index.json").read_text(encoding="utf-8"))


def example_files(name):
    """(component name, path) of an example's request and response, those that exist."""
    for kind in ("request", "response"):
        path = EXAMPLES / f"{kind}s" / f"{name}.json"
        if path.exists():
            yield f"{name}-{kind}", path


def write_examples():
    """Replaces the tail of the document; JSON is YAML, so the files go in as they are."""
    text = DOCUMENT.read_text(encoding="utf-8").split(MARK)[0]
    referenced = set(re.findall(r"#/components/examples/([\w-]+)", text))
    lines = [MARK]
    for example in index():
        for component, path in example_files(example["name"]):
            if component not in referenced:
                continue
            lines.append(f"    {component}:\n      summary: {json.dumps(example['summary'])}\n      value:\n")
            for line in path.read_text(encoding="utf-8").splitlines():
                lines.append(f"        {line}\n")
    DOCUMENT.write_text(text + "".join(lines), encoding="utf-8")


def resolve(document, node):
    """Follows local references until something else is found."""
    while isinstance(node, dict) and "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def operation_of(document, method, path):
    """The operation that answers a method and a concrete path, or None."""
    for pattern, item in document["paths"].items():
        if re.fullmatch(re.sub(r"\\{[^}]*\\}", "[^/:]+", re.escape(pattern)), path):
            return item.get(method.lower())
    return None


def errors_in(document, schema, value):
    rooted = {"$ref": schema["$ref"], "components": document["components"]}
    return [
        f"{'/'.join(map(str, error.absolute_path)) or '(whole)'}: {error.message[:200]}"
        for error in jsonschema.Draft202012Validator(rooted).iter_errors(value)]


def check_references(document):
    for reference in set(references(document)):
        try:
            resolve(document, {"$ref": reference})
        except (KeyError, TypeError):
            yield f"dangling reference {reference}"


def check_objects(document):
    """Every object schema says what it means and what it refuses."""
    for name, schema in document["components"]["schemas"].items():
        if "description" not in schema:
            yield f"schema {name} has no description"
        if schema.get("type") == "object" and "additionalProperties" not in schema:
            yield f"schema {name} does not say whether other fields are allowed"
        for field, detail in schema.get("properties", {}).items():
            if "description" not in detail and "$ref" not in detail:
                yield f"{name}.{field} has no description"


def check_problems(document):
    """Problem types, their pages, and the responses that carry them agree."""
    types = document["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
    slugs = {uri.removeprefix("/problems/") for uri in types}
    pages = {path.stem for path in (ROOT / "docs/problems").glob("*.md")} - {"README"}
    for slug in sorted(slugs ^ pages):
        yield f"problem {slug} is not both in openapi.yaml and in docs/problems"
    used = set()
    for name, response in document["components"]["responses"].items():
        if "application/problem+json" not in response.get("content", {}):
            continue
        if not response.get("x-problem-types"):
            yield f"response {name} names no problem types"
        used |= set(response.get("x-problem-types", []))
    for slug in sorted(used - slugs):
        yield f"unknown problem type {slug} in a response"


def check_example(document, example):
    operation = operation_of(document, example["method"], example["path"])
    label = example["name"]
    files = dict(example_files(label))
    request = files.get(f"{label}-request")
    if request and example.get("conforms", True):
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        for error in errors_in(document, schema, json.loads(request.read_text(encoding="utf-8"))):
            yield f"{label} request: {error}"
    response = files.get(f"{label}-response")
    if example["status"] == 204:
        return
    if response is None:
        yield f"{label} has no response; run Examples/replay.py --record"
        return
    value = json.loads(response.read_text(encoding="utf-8"))
    schema = {"$ref": "#/components/schemas/Problem"}
    if example["status"] < 400:
        answer = resolve(document, operation["responses"][str(example["status"])])
        schema = answer["content"]["application/json"]["schema"]
    for error in errors_in(document, schema, value):
        yield f"{label} response: {error}"


def check_copies(document):
    """The examples in the document are the files."""
    for example in index():
        for component, path in example_files(example["name"]):
            copy = document["components"].get("examples", {}).get(component)
            if copy and copy["value"] != json.loads(path.read_text(encoding="utf-8")):
                yield f"{component} differs from {path.name}; run Scripts/check-openapi.py --write"


def check_specification(document):
    try:
        from openapi_spec_validator import validate
    except ImportError:
        print("openapi-spec-validator is not installed; the OpenAPI schema itself is not checked")
        return
    try:
        validate(document)
    except Exception as error:  # the library raises several unrelated types
        yield f"OpenAPI 3.1: {error}"


def main():
    if sys.argv[1:] == ["--write"]:
        write_examples()
    document = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    faults = [
        *check_references(document), *check_objects(document), *check_problems(document),
        *check_copies(document), *check_specification(document)]
    for example in index():
        faults += check_example(document, example)
    for fault in faults:
        print(fault)
    operations = sum(method in item for item in document["paths"].values() for method in METHODS)
    print(f"openapi.yaml: {operations} operations, {len(index())} examples, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
