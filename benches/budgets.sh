#!/usr/bin/env bash
# Every budget of the program: figure, budget and ratio, and beside them what one would use instead. Wants Rust, Python 3 and a quiet machine; takes
# about an hour, most of it waiting for labs that are as slow as AWS. Arguments name the benches that are wanted.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -d .venv ] || python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check "$(grep '^awscli==' tests/interop/requirements.txt)"
export DRLAB_AWS=$PWD/.venv/bin/aws

benches=("$@")
[ $# -gt 0 ] || benches=(ui console watch failover undelete peers soak)

cargo bench --no-run
for bench in "${benches[@]}"; do
    printf '\n== %s\n' "$bench"
    cargo bench --quiet --bench "$bench"
done
