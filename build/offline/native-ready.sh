#!/usr/bin/env bash
# Succeeds when what the packed stand-ins need at run time is still on the machine (or no stand-in is in use).
set -euo pipefail
feed=$(cd "$(dirname "${BASH_SOURCE[0]}")/../feed" && pwd)
ls "$feed"/TorchSharp.*.nupkg > /dev/null 2>&1 || exit 0
ldconfig -p | grep -q 'libtorch_cpu\.so' && ldconfig -p | grep -q 'libopenblas\.so'
