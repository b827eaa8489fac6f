#!/usr/bin/env bash
# Makes .venv with the Python given; Debian keeps the part of Python that does so in a package.
set -euo pipefail
python="${1:-python3}"

if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))'; then
  echo "Python 3.11 or 3.12 is needed; '$python' is $("$python" --version 2>&1). Name another: make PYTHON=python3.11" >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
  else
    echo "This Python cannot make virtual environments. As root: apt-get install python3-venv" >&2
    exit 1
  fi
fi
"$python" -m venv .venv
.venv/bin/pip install --quiet --retries 5 --upgrade "pip>=25"
