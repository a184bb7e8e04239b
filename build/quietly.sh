#!/usr/bin/env bash
# quietly.sh COMMAND…: runs a command and shows its output only when it fails.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" > "$log" 2>&1 || { status=$?; cat "$log" >&2; exit "$status"; }
