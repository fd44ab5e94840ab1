#!/usr/bin/env bash
# Formats all sources, or checks that they are formatted.
# Usage: format.sh fix|check
# The sources that tidy's own test breaks on purpose are left as they are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Two versions of clang-format differ in details; this one decides.
formatter=clang-format-14
command -v "$formatter" >/dev/null || { echo "$formatter is missing: run tools/setup" >&2; exit 2; }

case ${1:-} in
    fix) options=(-i) ;;
    check) options=(--dry-run -Werror) ;;
    *) echo "usage: format.sh fix|check" >&2; exit 2 ;;
esac

find model sim reports tools tests -path tests/tidy/fixture -prune -o \
    \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
    sort -z | xargs -0 --no-run-if-empty -P "$(nproc)" -n 16 "$formatter" "${options[@]}"
