#!/usr/bin/env bash
# Passes when the tests of the rules catch a mutant: a build of the model without one rule.
# Usage: mutant.sh PROGRAM
# A crash is no catch: it would also hide a test that checks nothing.
set -euo pipefail

program=$1
status=0
output=$("$program" --abort --reporter compact 2>&1 </dev/null) || status=$?

if [ "$status" -eq 0 ]; then
    echo "not caught: every rule test passes without this rule"
    exit 1
fi
if [ "$status" -ge 128 ] || ! grep -q 'failed' <<<"$output"; then
    echo "crashed with status $status instead of failing a test:"
    tail -n 20 <<<"$output"
    exit 1
fi
echo "caught:"
tail -n 20 <<<"$output"
