#!/usr/bin/env bash
# One door to everything: sets the machine up (seconds when nothing changed), then does what is asked.
#   ./build.sh run [OPTIONS]          the main job: samples/HardenClassifier
#   ./build.sh sample NAME [OPTIONS]  any other sample
#   ./build.sh test                   all tests; the last line is the plain total
#   ./build.sh benchmark [OPTIONS]    the benchmarks (they print, they assert nothing)
#   ./build.sh check                  stand-ins against the real API and the golden facts (needs ../shared)
#   ./build.sh format                 fails when a file is not formatted
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

setup() { "$root/build/setup.sh"; }

build() { "$root/build/quietly.sh" dotnet build "$1" -c Release -nologo -v quiet -p:UseSharedCompilation=false; }

run_project() {
    local project=$1; shift
    build "$project"
    exec dotnet run --project "$project" -c Release --no-build -- "$@"
}

run_sample() {
    local name=$1; shift
    if [ ! -d "$root/samples/$name" ]; then
        echo "There is no sample '$name'. Samples: $(ls -d "$root"/samples/*/ | xargs -n1 basename | tr '\n' ' ')" >&2
        exit 2
    fi
    setup
    run_project "$root/samples/$name" "$@"
}

run_tests() {
    setup
    local log status=0; log=$(mktemp)
    build "$root/ML.Robustness.sln"
    # One assembly after the other: libtorch takes every core by itself.
    dotnet test "$root/ML.Robustness.sln" -c Release --no-build -nologo -m:1 --logger "console;verbosity=normal" "$@" 2>&1 \
        | grep --line-buffered -vE '^\s+Passed ' | tee "$log" || status=$?
    awk '/^ +Passed: +[0-9]+$/ { p += $2 } /^ +Failed: +[0-9]+$/ { f += $2 } /^ +Skipped: +[0-9]+$/ { s += $2 }
         END { printf "%d passed, %d failed", p, f; if (s) printf ", %d skipped", s; print "" }' "$log"
    rm -f "$log"
    return "$status"
}

command=${1:-help}
[ $# -gt 0 ] && shift
case $command in
    run) run_sample HardenClassifier "$@" ;;
    sample) run_sample "${1:?name a sample}" "${@:2}" ;;
    test) run_tests "$@" ;;
    benchmark) setup; run_project "$root/tests/ML.Robustness.Benchmarks" "$@" ;;
    check) setup; "$root/build/offline/check.sh" ;;
    format)
        setup
        dotnet format "$root/ML.Robustness.sln" --verify-no-changes
        dotnet format whitespace "$root/build/offline" --folder --verify-no-changes ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; [ "$command" = help ] || exit 2 ;;
esac
