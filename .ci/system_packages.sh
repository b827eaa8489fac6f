#!/usr/bin/env bash
# Installs through apt what is missing, when that is possible; says what is left out when it is not.
set -euo pipefail

missing=()
command -v ffmpeg >/dev/null || missing+=(ffmpeg)
command -v chromium >/dev/null || missing+=(chromium)
command -v redis-server >/dev/null || missing+=(redis-server)
[ -d /usr/share/fonts/opentype/noto ] || missing+=(fonts-noto-cjk)
[ ${#missing[@]} -eq 0 ] && exit 0

without="ffmpeg comes from pip instead; tests that need the others will say that they were skipped."
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "Not installed (this needs root and apt): ${missing[*]}. $without"
  exit 0
fi
echo "Installing ${missing[*]} through apt"
# A service that apt starts would be one that nobody asked for.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; }; then
  echo "apt could not install ${missing[*]}; see its message above. $without" >&2
fi
