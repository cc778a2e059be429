#!/usr/bin/env bash
# Lint: Swift style (43 rules), file lengths, constructs that the conventions ban.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0

fail() {
  printf '\n%s\n%s\n' "$1" "$2" >&2
  status=1
}

# Tracked and new sources; fixtures and fuzz corpora are data.
sources() {
  git ls-files --cached --others --exclude-standard -- "$@" |
    grep -Ev '(^|/)(Fixtures|Corpus)/' || true
}

swift format lint --strict --recursive --parallel $(Scripts/swift-sources.sh) || status=1

long=$(sources '*.swift' '*.c' '*.h' '*.inc' '*.cpp' '*.py' '*.sh' | xargs -r wc -l |
  awk '$2 != "total" && $1 > 400 { print "  " $2 ": " $1 " lines" }')
[ -z "$long" ] || fail "Files above 400 lines:" "$long"

# Outside input must never trap, and no plan hides in a comment.
banned='fatalError\(|try!|as!|\bTODO\b|\bFIXME\b|\bXXX\b'
found=$(sources 'Sources/*.swift' 'Sources/*.c' 'Sources/*.h' 'Sources/*.cpp' |
  xargs -r grep -nE "$banned" || true)
[ -z "$found" ] || fail "Banned constructs:" "$found"

drawers=$(sources 'Sources/*' 'Tests/*' | grep -E '(^|/)(Utils|Helpers|Common|Extensions)(/|\.)' || true)
[ -z "$drawers" ] || fail "Files and folders that name no concept:" "$drawers"

# A partial rules table switches the other rules off without a word.
rules=$(grep -cE '^ +"[A-Z][A-Za-z]+": (true|false)' .swift-format)
[ "$rules" -ge 43 ] || fail ".swift-format lists $rules rules, 43 are needed." ""

# Foundation stops at the service: below it every target stays small and portable.
below=$(sources 'Sources/*.swift' | grep -Ev '^Sources/(PruningService|vflowopt)/' |
  xargs -r grep -nE '^(public |internal |package )?import (class |struct )?Foundation' || true)
[ -z "$below" ] || fail "Foundation below PruningService:" "$below"

[ "$status" -eq 0 ] && echo "lint: clean"
exit "$status"
