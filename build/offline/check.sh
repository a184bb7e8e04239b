#!/usr/bin/env bash
# Compares the stand-ins' public API with the real one's list and runs the golden facts against them. Both need ../shared beside the repository.
set -euo pipefail
offline=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
status=0
for project in Microsoft.ML.Transforms Microsoft.ML.ImageAnalytics TorchSharp apicheck GoldenTests; do
    "$offline/../quietly.sh" dotnet build "$offline/$project" -c Release -nologo -v quiet -p:UseSharedCompilation=false
done
dlls=()
for name in Microsoft.ML.DataView Microsoft.ML.Core Microsoft.ML.Data Microsoft.ML.Transforms Microsoft.ML.ImageAnalytics TorchSharp; do
    dlls+=("$offline/$name/bin/Release/net8.0/$name.dll")
done
dotnet run --project "$offline/apicheck" -c Release --no-build -- "${dlls[@]}" || status=1
dotnet run --project "$offline/GoldenTests" -c Release --no-build || status=1
exit $status
