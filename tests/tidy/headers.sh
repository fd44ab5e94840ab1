#!/usr/bin/env bash
# Compiles each header alone: whoever includes it needs nothing else before it.
# Usage: headers.sh COMPILER
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

compiler=${1:?usage: headers.sh COMPILER}
jobs=$(($(nproc) < 2 ? 1 : 2))
export compiler

compile_alone() {
    printf '#include "%s"\n' "$1" |
        "$compiler" -std=c++20 -I. -isystem /usr/include/eigen3 -Wall -Wextra -Wpedantic \
            -Wconversion -Wshadow -Werror -fsyntax-only -x c++ - ||
        { echo "$1 does not compile alone" >&2; return 1; }
}
export -f compile_alone

count=$(find model sim reports tools -name '*.hpp' | wc -l)
find model sim reports tools -name '*.hpp' -print0 |
    sort -z | xargs -0 --no-run-if-empty -P "$jobs" -I{} bash -c 'compile_alone "$1"' _ {}
echo "$count headers compile alone"
