#!/usr/bin/env bash
# Every bash script of ours can be parsed; names those that cannot.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

mapfile -t scripts < <(grep -rlI '^#!/usr/bin/env bash' tools tests --exclude-dir=node_modules)
[ "${#scripts[@]}" -gt 0 ] || { echo "no scripts found" >&2; exit 2; }
failed=0
for script in "${scripts[@]}"; do
    bash -n "$script" || failed=1
done
exit $failed
