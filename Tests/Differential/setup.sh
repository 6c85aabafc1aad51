#!/bin/sh
# Makes a Python environment with DuckDB in DIR; does nothing where it is there already.
set -eu

directory=${1:-.build/differential}
version=2.0.0
ready="$directory/duckdb-$version"
[ ! -e "$ready" ] || exit 0
python3 -m venv "$directory"
"$directory/bin/pip" install --quiet --disable-pip-version-check --retries 1 "duckdb==$version"
touch "$ready"
