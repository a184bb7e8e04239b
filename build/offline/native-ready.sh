#!/usr/bin/env bash
# Succeeds when what the packed stand-ins need at run time is still on the machine (or no stand-in is in use).
set -euo pipefail
feed=$(cd "$(dirname "${BASH_SOURCE[0]}")/../feed" && pwd)
ls "$feed"/TorchSharp.*.nupkg > /dev/null 2>&1 || exit 0
# Not a pipe into grep -q, which may end before the list does: that would count as a failure.
libraries=$(ldconfig -p)
[[ $libraries == *libtorch_cpu.so* && $libraries == *libopenblas.so* ]]
