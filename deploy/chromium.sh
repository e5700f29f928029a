#!/usr/bin/env bash
# The browser tests need Chromium: install Debian's where that is allowed, else say what to type.
# Without a window to draw (chromium-headless-shell) it is several times lighter, and is preferred.
set -euo pipefail

for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
  command -v "$name" >/dev/null && exit 0
done

install() {
  local package
  "$@" apt-get update -qq || return 1
  for package in chromium-headless-shell chromium; do
    "$@" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" &&
      return 0
  done
  return 1
}

echo "Chromium is missing; installing it ..." >&2
if [ "$(id -u)" = 0 ]; then
  install env && exit 0
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  install sudo && exit 0
fi
echo "The browser tests need Chromium. Type this and then the same make command again:" >&2
echo "    sudo apt-get install -y chromium" >&2
exit 1
