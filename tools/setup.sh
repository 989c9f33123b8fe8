#!/bin/sh
# Prepares a bare Debian machine; running it again does only what is missing.
# The one thing it cannot bring itself is Node.js.
set -eu
cd "$(dirname "$0")/.."

if ! command -v node >/dev/null 2>&1; then
  echo "setup: Node.js is not installed." >&2
  echo "  Fix: install Node.js 20.20 or newer (https://nodejs.org/en/download), then run this again." >&2
  exit 1
fi
exec node tools/setup.mjs "$@"
