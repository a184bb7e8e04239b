#!/usr/bin/env bash
# Builds the C++ half of the TorchSharp stand-in: native/out/libLibTorchSharp.so.
#   native/build.sh                 against the system's libtorch (Debian: libtorch-dev)
#   native/build.sh TORCH_PREFIX    against a PyTorch package (the folder with include/ and lib/), with CUDA if it has it
set -euo pipefail

prefix=${1:+$(cd "$1" && pwd)}
cd "$(dirname "${BASH_SOURCE[0]}")"
if [[ -n $prefix ]]; then
    include=(-isystem "$prefix/include" -isystem "$prefix/include/torch/csrc/api/include")
    library=$prefix/lib
    link=(-L"$library" -Wl,-rpath,"$library")
else
    include=(-isystem /usr/include/torch/csrc/api/include)
    library=$(dirname "$(g++ -print-file-name=libtorch_cpu.so)")
    link=()
fi

# PyTorch's wheels up to 2.5 use the old string type of libstdc++; the library's own symbols tell.
abi=0
if grep -aqE '_ZN3c10[[:alnum:]_]*__cxx1112basic_string' "$library/libc10.so"; then abi=1; fi
link+=(-ltorch -ltorch_cpu -lc10)
if [[ -e $library/libtorch_cuda.so ]]; then link+=(-ltorch_cuda -lc10_cuda); fi

out=out
stamp="$prefix abi=$abi $(sha256sum ./*.cpp ./*.h build.sh "$library/libc10.so" | sha256sum)"
if [[ -e $out/libLibTorchSharp.so && -e $out/stamp && $(<"$out/stamp") == "$stamp" ]]; then exit 0; fi
mkdir -p "$out"

flags=(-std=c++17 -O2 -fPIC -fvisibility=hidden -w "${include[@]}" -D_GLIBCXX_USE_CXX11_ABI=$abi)
objects=()
jobs=()
for source in *.cpp; do
    object=$out/${source%.cpp}.o
    objects+=("$object")
    g++ "${flags[@]}" -c "$source" -o "$object" &
    jobs+=($!)
    # Two at a time: each compiler wants a gigabyte.
    if (( ${#jobs[@]} == 2 )); then wait "${jobs[0]}"; jobs=("${jobs[1]}"); fi
done
for job in "${jobs[@]}"; do wait "$job"; done
g++ -shared -Wl,--no-as-needed "${objects[@]}" "${link[@]}" -o "$out/libLibTorchSharp.so"
rm -f "${objects[@]}"
printf '%s' "$stamp" > "$out/stamp"
