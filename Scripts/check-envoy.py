#!/usr/bin/env python3
"""Checks the names of deploy/proxies/envoy.yaml against Envoy's own messages.

Envoy itself is in no Debian package; its configuration is protobuf, and envoy-data-plane from PyPI has the
messages. Names of fields and types of `typed_config` are checked, values are not. Run by
Scripts/check-deploy.sh; exit 1 with every fault listed.
"""
import dataclasses
import importlib
import pathlib
import sys
import typing

import yaml
from envoy_data_plane.envoy.config.bootstrap.v3 import Bootstrap

EXAMPLE = pathlib.Path(__file__).resolve().parent.parent / "deploy/proxies/envoy.yaml"


def typed(document):
    """The message and the fields of an object that names its own type, or (None, None)."""
    module, _, name = document["@type"].partition("/")[2].rpartition(".")
    fields = {key: value for key, value in document.items() if key != "@type"}
    try:
        return getattr(importlib.import_module(f"envoy_data_plane.{module}"), name), fields
    except (ImportError, AttributeError):
        return None, fields


def messages_in(annotation):
    """The messages that a field's annotation has in it, such as list[Cluster] or Cluster | None."""
    if dataclasses.is_dataclass(annotation):
        yield annotation
    for part in typing.get_args(annotation):
        yield from messages_in(part)


def faults(message, document, path):
    """(path, what is wrong) for everything below a document that ought to be a message."""
    if isinstance(document, list):
        for index, element in enumerate(document):
            yield from faults(message, element, f"{path}[{index}]")
        return
    if not isinstance(document, dict):
        return
    if "@type" in document:
        message, document = typed(document)
        if message is None:
            yield path, "there is no message of this type"
            return
    elif message is None or message.__module__.startswith("betterproto"):
        # A map whose values name their own types, or a wrapper such as {value: 20}.
        for key, value in document.items():
            yield from faults(None, value, f"{path}.{key}")
        return
    known = {field.name.rstrip("_"): field.name for field in dataclasses.fields(message)}
    hints = typing.get_type_hints(message)
    for key, value in document.items():
        if key not in known:
            yield f"{path}.{key}", f"{message.__name__} has no such field"
            continue
        inner = [one for one in messages_in(hints[known[key]]) if ".google.protobuf" not in one.__module__]
        is_map = typing.get_origin(hints[known[key]]) is dict
        yield from faults(None if is_map or not inner else inner[0], value, f"{path}.{key}")


def main():
    found = list(faults(Bootstrap, yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")), "envoy.yaml"))
    for path, problem in found:
        print(f"{path}: {problem}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
