#!/usr/bin/env bash
# Runs the published check on a machine that has PyTorch for CUDA and no .NET. docs/performance.md says how.
# Usage: check.sh [REPORT_FOLDER] [NATIVE_SOURCES]
#   PYTHON          a python3 with torch; the default is python3
#   NATIVE_SOURCES  src/Native of TorchSharp 0.107.0, built against this PyTorch where TorchSharp's own library does not fit
set -u
here=$(cd "$(dirname "$0")" && pwd)
report=${1:-$here/report}
sources=${2:-}
python=${PYTHON:-python3}
mkdir -p "$report"
torch=$("$python" -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])') || exit 2
export LD_LIBRARY_PATH=$torch/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

missing() {
    # Weak versions are those that RelaxGlibcxx made harmless.
    ldd -r "$here/libLibTorchSharp.so" 2>&1 | grep -E 'undefined symbol|not found' | grep -v 'weak version' | c++filt \
        | tee "$report/symbols.txt" | wc -l
}

build() {
    local out
    out=$(mktemp -d)
    flags="-I$torch/include -I$torch/include/torch/csrc/api/include -D__LINUX__ -DNDEBUG -fPIC -fvisibility=hidden -O2 -w"
    export flags out
    cd "$sources/LibTorchSharp" || return 1
    # Newer headers may ask for C++20.
    ls -S ./*.cpp | xargs -P "$(nproc)" -I{} sh -c \
        'g++ -std=c++17 $flags -c {} -o "$out/{}.o" 2>/dev/null || g++ -std=c++20 $flags -c {} -o "$out/{}.o"'
    gcc -O2 -fPIC -c crc32c.c -o "$out/crc32c.o"
    g++ -shared -Wl,-Bsymbolic -o "$out/libLibTorchSharp.so" "$out"/*.o -L"$torch/lib" \
        -Wl,--no-as-needed -ltorch -ltorch_cpu -lc10 && cp "$out/libLibTorchSharp.so" "$here/"
}

count=$(missing)
echo "symbols of TorchSharp's native half that this PyTorch lacks: $count"
if [ "$count" != 0 ] && [ -n "$sources" ]; then
    build && echo "built against this PyTorch, now missing: $(missing)"
fi

cd "$here" || exit 2
chmod +x ML.Robustness.Gpu
./ML.Robustness.Gpu checks --report "$report/checks.txt"
status=$?
# Skipped, or the arguments are wrong.
[ -s "$report/checks.txt" ] || exit $status
"$python" pgd.py 512 5 | tee "$report/pytorch.txt"
cc -O2 -shared -fPIC -o count_syncs.so count_syncs.c -ldl 2>/dev/null
LD_PRELOAD=$([ -e count_syncs.so ] && echo "$here/count_syncs.so") ./ML.Robustness.Gpu speed --report "$report/speed.txt"
exit $status
