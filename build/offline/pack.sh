#!/usr/bin/env bash
# pack.sh FEED ML_VERSION TORCH_VERSION ID…: builds the stand-ins of the named packages (Microsoft.ML, TorchSharp) and packs them into FEED
# under the real ids with a fourth version number. Called by build/setup.sh.
set -euo pipefail
offline=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
feed=$1 ml_version=$2.1 torch_version=$3.1
shift 3

"$offline/install-debian-packages.sh"

build() { "$offline/../quietly.sh" dotnet build "$offline/$1" -c Release -nologo -v quiet -p:UseSharedCompilation=false; }

pack() {
    "$offline/../quietly.sh" dotnet pack "$offline/packages/pack.csproj" -c Release -o "$feed" -nologo -v quiet \
        -p:NuspecFile="$1.nuspec" -p:PackageVersion="$2"
}

for id in "$@"; do
    case $id in
        Microsoft.ML)
            "$offline/Microsoft.ML.ImageAnalytics/native/build.sh"
            build Microsoft.ML.Transforms
            build Microsoft.ML.ImageAnalytics
            pack Microsoft.ML.DataView "$ml_version"
            pack Microsoft.ML "$ml_version"
            pack Microsoft.ML.ImageAnalytics "$ml_version" ;;
        TorchSharp)
            "$offline/TorchSharp/native/build.sh"
            build TorchSharp
            pack TorchSharp "$torch_version"
            pack TorchSharp-cpu "$torch_version" ;;
    esac
done
