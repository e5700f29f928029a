#!/usr/bin/env bash
# Make .venv and install the pinned requirements into it: "venv.sh run" or "venv.sh dev".
# Nothing happens when the stamp file is newer than the requirements.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:?run or dev}
files=(requirements.txt)
[ "$kind" = dev ] && files+=(requirements-dev.txt)
stamp=.venv/.installed-$kind

say() { printf '%s\n' "$*" >&2; }

usable() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if command -v "$candidate" >/dev/null && usable "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  say "Python 3.11, 3.12 or 3.13 is needed and none was found (tried: ${PYTHON:-python3 python3.13 python3.12 python3.11})."
  say "On Debian or Ubuntu type:   sudo apt-get install python3 python3-venv"
  exit 1
}

make_venv() {
  local python version
  python=$(find_python)
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    say "Python $version is here, but its package python3-venv is missing."
    say "Type this and then the same make command again:   sudo apt-get install python$version-venv"
    exit 1
  fi
  say "Making .venv with $("$python" --version) ..."
  rm -rf .venv
  "$python" -m venv .venv
}

explain() {
  if grep -qE 'DO NOT MATCH THE HASHES' "$1"; then
    say "A downloaded package is not the one that was pinned (its hash differs). Nothing was installed from it."
  elif grep -qE 'NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|Max retries|No matching distribution' "$1"; then
    say "The package index could not be reached. The first start needs the network: connect, or point pip"
    say "at a mirror (PIP_INDEX_URL=https://...), and type the same make command again."
  else
    say "The requirements could not be installed; pip's own message is above."
  fi
}

install() {
  local log file arguments=()
  for file in "${files[@]}"; do arguments+=(-r "$file"); done
  log=$(mktemp)
  say "Installing ${files[*]} into .venv (once; a minute or two) ..."
  if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
    --only-binary :all: "${arguments[@]}" 2>"$log"; then
    cat "$log" >&2
    explain "$log"
    rm -f "$log"
    exit 1
  fi
  rm -f "$log"
}

fresh=yes
for file in "${files[@]}"; do [ "$stamp" -nt "$file" ] || fresh=no; done
whole() { usable .venv/bin/python && { [ "$fresh" = yes ] || .venv/bin/python -m pip --version >/dev/null 2>&1; }; }
if ! whole; then
  make_venv
  fresh=no
fi
if [ "$fresh" = no ]; then
  install
  touch .venv/.installed-run "$stamp"
fi
