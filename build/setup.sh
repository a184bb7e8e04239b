#!/usr/bin/env bash
# Makes `dotnet build` work here. Where the machine's package source has Microsoft.ML and TorchSharp there is nothing to do;
# where it lacks them, packs the stand-ins of build/offline into build/feed (see build/offline/README.md).
set -euo pipefail
build=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
offline=$build/offline feed=$build/feed stamp=$build/feed/.stamp
ml_version=$(sed -n 's/.*Include="Microsoft.ML" Version="\([^"]*\)".*/\1/p' "$build/../Directory.Packages.props")
torch_version=$(sed -n 's/.*<TorchSharpVersion[^>]*>\([^<]*\)<.*/\1/p' "$build/../Directory.Packages.props")

# What was set up, from what: sources of the stand-ins, this script, the SDK. Unchanged means done.
state() {
    cd "$offline"
    { find . -type f -not -path '*/bin/*' -not -path '*/obj/*' -not -path '*/out/*' -not -path './GoldenTests/*' -not -path './apicheck/*' -print0 \
        | LC_ALL=C sort -z | xargs -0 sha256sum; sha256sum "$build/setup.sh"; dotnet --version; echo "$ml_version $torch_version"; } | sha256sum | cut -d' ' -f1
}
wanted=$(state)
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && "$offline/native-ready.sh"; then exit 0; fi

# Asks the machine's own sources, from a folder outside this repository so that build/feed is not among them.
source_has() {
    local probe; probe=$(mktemp -d)
    cat > "$probe/probe.csproj" <<EOF
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net8.0</TargetFramework><RestorePackagesPath>$probe/packages</RestorePackagesPath></PropertyGroup>
  <ItemGroup><PackageDownload Include="$1" Version="[$2]" /></ItemGroup>
</Project>
EOF
    local found=0
    dotnet restore "$probe/probe.csproj" > /dev/null 2>&1 || found=1
    rm -rf "$probe"
    return $found
}

say() { echo "setup: $*"; }

missing=()
source_has Microsoft.ML "$ml_version" || missing+=(Microsoft.ML)
source_has TorchSharp "$torch_version" || missing+=(TorchSharp)
rm -f "$feed"/*.nupkg
if [ ${#missing[@]} -eq 0 ]; then
    say "the package source has Microsoft.ML $ml_version and TorchSharp $torch_version"
else
    say "the package source lacks ${missing[*]}: building the stand-ins of build/offline"
    "$offline/pack.sh" "$feed" "$ml_version" "$torch_version" "${missing[@]}"
    # A stale copy in the global package folder would win over the package just packed.
    for package in "$feed"/*.nupkg; do
        name=$(basename "$package" .nupkg)
        id=$(echo "$name" | sed -E 's/\.[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$//' | tr '[:upper:]' '[:lower:]')
        rm -rf "${packages:?}/$id/$(echo "$name" | grep -oE '[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$')"
    done
fi
echo "$wanted" > "$stamp"
