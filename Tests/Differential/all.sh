#!/bin/sh
# What `./daybook test` runs of this folder: PROGRAM is asked random statements beside DuckDB and by
# itself, at the same time, and then the queries of TPC-H and of the star schema. One line each
# tells the outcome; LOGS takes what they print.
#
# All are seeded: what fails here fails again. Other seeds and larger counts are asked by hand.
set -eu

program=$1
build=$2
logs="$build/log"
here=$(dirname "$(readlink -f "$0")")
mkdir -p "$logs"

# Runs a script of this folder: its name, the interpreter, arguments.
ask() {
    name=$1
    python=$2
    shift 2
    started=$(date +%s)
    outcome=passed
    "$python" "$here/$name.py" --program "$program" "$@" >"$logs/$name" 2>&1 || outcome=failed
    [ "$outcome" = passed ] || cat "$logs/$name" >&2
    printf '%s: %s (%d s): %s\n' "$outcome" "$name.py" $(($(date +%s) - started)) \
        "$(grep . "$logs/$name" | tail -n 1)"
}

if ! command -v python3 >/dev/null 2>&1; then
    for name in logic run standard; do printf 'skipped: %s.py: there is no python3\n' "$name"; done
    exit 0
fi
ask logic python3 --statements 20000 --seed 1 >"$logs/logic-outcome" &
logic=$!
if "$here/setup.sh" "$build/differential" >"$logs/differential-setup" 2>&1; then
    ask run "$build/differential/bin/python" --statements 20000 --seed 1
    ask standard "$build/differential/bin/python" --scale 0.01
else
    tail -n 3 "$logs/differential-setup" >&2
    for name in run standard; do
        printf 'skipped: %s.py: DuckDB could not be installed (python3 -m venv, pip)\n' "$name"
    done
fi
wait "$logic"
cat "$logs/logic-outcome"
