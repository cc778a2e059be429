#!/bin/sh
# Formats every Swift file in place with the committed .swift-format.
set -eu
cd "$(dirname "$0")/.."
exec swift format format --in-place --recursive --parallel $(Scripts/swift-sources.sh)
