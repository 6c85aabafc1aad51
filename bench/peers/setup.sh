#!/bin/sh
# Installs the peers into DIR/venv and unpacks PostgreSQL into DIR/debian; nothing on the system
# is changed. Does nothing where both are there.
set -eu

directory=${1:-.build/bench}
mkdir -p "$directory"
if [ ! -f "$directory/venv/peers-ready" ]; then
    python3 -m venv "$directory/venv"
    "$directory/venv/bin/pip" install --quiet \
        duckdb chdb polars pyarrow datafusion 'psycopg[binary]'
    touch "$directory/venv/peers-ready"
fi
if [ ! -d "$directory/debian/usr/lib/postgresql" ]; then
    mkdir -p "$directory/debs" "$directory/debian"
    version=$(apt-cache show postgresql | sed -n 's/^Version: \([0-9]*\).*/\1/p' | sort -n | tail -n 1)
    (cd "$directory/debs" && apt-get download "postgresql-$version" "postgresql-client-$version" libpq5)
    for package in "$directory"/debs/*.deb; do
        dpkg -x "$package" "$directory/debian"
    done
    rm -r "$directory/debs"
fi
