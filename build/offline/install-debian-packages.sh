#!/usr/bin/env bash
# The native halves of the stand-ins: Debian's libtorch, a BLAS that is not the slow reference one, the stb image headers, a compiler.
set -euo pipefail
wanted=(g++ libtorch-dev libopenblas0-openmp libstb-dev)
missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2> /dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get > /dev/null; then
    echo "The stand-ins need ${missing[*]} (names of Debian's packages), and this machine has no apt-get: install their like by hand." >&2
    exit 1
fi
echo "setup: installing ${missing[*]}"
as_root=; [ "$(id -u)" -eq 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
$as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
