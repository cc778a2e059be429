#!/bin/sh
# Prints the Swift manifests and folders that formatting and lint cover, those that exist.
cd "$(dirname "$0")/.."
ls -d Package.swift Sources Tests Benchmarks Fuzz Examples 2>/dev/null || true
