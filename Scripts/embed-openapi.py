#!/usr/bin/env python3
"""Writes openapi.yaml into the Swift file that serves it; run after every change of the contract."""
import pathlib
import sys

root = pathlib.Path(__file__).resolve().parent.parent
target = root / "Sources/PruningService/Contract/OpenAPIDocument.swift"

HEAD = '''// swift-format-ignore-file
// Generated from openapi.yaml by Scripts/embed-openapi.py; OpenAPIDocumentTests compares the two.

/// The contract, as the service itself hands it out.
package enum OpenAPIDocument {
  /// The text of `openapi.yaml`.
  package static let yaml = ##"""
'''


def generated() -> str:
    text = (root / "openapi.yaml").read_text(encoding="utf-8")
    if '"""##' in text or not text.endswith("\n"):
        sys.exit('openapi.yaml must end with a newline and must not contain """##')
    return HEAD + text + '\n"""##\n}\n'


if sys.argv[1:] == ["--check"]:
    if target.read_text(encoding="utf-8") != generated():
        sys.exit("OpenAPIDocument.swift is stale: run Scripts/embed-openapi.py")
else:
    target.write_text(generated(), encoding="utf-8")
