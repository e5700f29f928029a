#!/usr/bin/env bash
# Compile requirements*.in to requirements*.txt with hashes for every platform; uv lives in a throwaway venv.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(mktemp -d)
trap 'rm -rf "$venv"' EXIT
python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check uv

compile() {
  "$venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
    --no-emit-index-url --custom-compile-command "make requirements" "$1.in" -o "$1.txt"
}
compile requirements
compile requirements-dev
