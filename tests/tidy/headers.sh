#!/usr/bin/env bash
# Compiles each header alone: whoever includes it needs nothing else before it. Where the source
# beside a header includes it before anything else, the build has done that already.
# Usage: headers.sh COMPILER
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

compiler=${1:?usage: headers.sh COMPILER}
jobs=$(($(nproc) < 2 ? 1 : 2))
export compiler

comes_first() {
    local source="${1%.hpp}.cpp"
    [[ -f $source ]] && [[ $(grep -m1 '^#include' "$source") == "#include \"$1\"" ]]
}

compile_alone() {
    printf '#include "%s"\n' "$1" |
        "$compiler" -std=c++20 -I. -isystem /usr/include/eigen3 -Wall -Wextra -Wpedantic \
            -Wconversion -Wshadow -Werror -fsyntax-only -x c++ - ||
        { echo "$1 does not compile alone" >&2; return 1; }
}
export -f compile_alone

mapfile -t headers < <(find model sim reports tools -name '*.hpp' | sort)
left=()
for header in "${headers[@]}"; do
    comes_first "$header" || left+=("$header")
done
((${#left[@]} == 0)) ||
    printf '%s\0' "${left[@]}" |
    xargs -0 -P "$jobs" -I{} bash -c 'compile_alone "$1"' _ {}
echo "${#headers[@]} headers stand alone, ${#left[@]} of them compiled here"
