#!/usr/bin/env bash
# Compiles the image codec over the stb headers to out/libMLImage.so. Quick when nothing changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
library=out/libMLImage.so
if [ "$library" -nt image.c ] && [ "$library" -nt build.sh ]; then exit 0; fi
mkdir -p out
"${CC:-gcc}" -std=c11 -O2 -fPIC -shared -fvisibility=hidden -Wall -Wextra -Wno-unused-function -isystem "${STB_INCLUDE:-/usr/include/stb}" \
    -o "$library.new" image.c -lm
mv "$library.new" "$library"
