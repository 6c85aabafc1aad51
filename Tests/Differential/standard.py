#!/usr/bin/env python3
"""Asks Daybook and DuckDB the 22 queries of TPC-H and the 13 of the star-schema benchmark over the
same rows, compares the answers, and tells how long each took.

    Tests/Differential/standard.py --scale 0.1 --runs 5
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time

import duckdb

import server
import ssb
import tpch

PER_REQUEST = 20_000  # Rows.
TEXT = {"VARCHAR", "DATE", "TIMESTAMP"}


def queries(name):
    """Pairs of a query's id and its text, in the order of a file beside this one."""
    found, text = [], open(os.path.join(os.path.dirname(__file__), name)).read()
    for part in text.split("\n-- ")[1:]:
        id, _, query = part.partition("\n")
        if id[0] in "qf" and id[1:].isdigit():
            found.append((id, query.strip()))
    return found


def lines(rows, columns):
    """NDJSON; amounts are texts already, so that no digit is lost."""
    formats = [
        f'"{name}":"{{}}"' if kind in TEXT else f'"{name}":{{}}'
        for name, kind in columns.items()]
    line = "{{" + ",".join(formats) + "}}\n"
    return [line.format(*row) for row in rows]


def load(daybook, peer, directory, benchmark, scale):
    tables = {table[0]: table for table in benchmark.TABLES}
    for name, rows in benchmark.Generator(scale).rows():
        _, columns, time_column, clauses = tables[name]
        kinds = ", ".join(
            f"{column} {kind}{' NOT NULL' if column == time_column else ''}"
            for column, kind in columns.items())
        timed = f"TIMESTAMP ({time_column}) {clauses}" if time_column else ""
        daybook.sql(f"CREATE TABLE {name} ({kinds}) {timed}")
        text = lines(rows, columns)
        path = os.path.join(directory, "rows.ndjson")
        with open(path, "w") as file:
            file.writelines(text)
        for start in range(0, len(text), PER_REQUEST):
            body = "".join(text[start:start + PER_REQUEST]).encode()
            daybook.post(f"/v1/tables/{name}/events", body, "application/x-ndjson")
        # Of the largest tables the last rows stay live.
        daybook.post(f"/v1/tables/{name}:seal")
        columns = json.dumps(columns).replace('"', "'")
        peer.execute(
            f"CREATE TABLE {name} AS SELECT * FROM read_json('{path}',"
            f" format = 'newline_delimited', columns = {columns})")


def timed(run, count):
    """The least and the median of so many runs, in milliseconds."""
    times = []
    for _ in range(count):
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1_000)
    return min(times), statistics.median(times)


def ask(daybook, peer, id, query, runs):
    """What differs, as text; None for nothing."""
    expected = peer.execute(query).fetchall()
    try:
        found = daybook.sql(query)
    except server.Refused as error:
        return f"daybook refuses: {error}"
    difference = server.compare(found, expected)
    if runs:
        ours, theirs = timed(lambda: daybook.sql(query), runs), timed(
            lambda: peer.execute(query).fetchall(), runs)
        print(f"{id:8} {len(found):6} rows  {ours[0]:9.2f} ms  DuckDB {theirs[0]:9.2f} ms"
              f"  {ours[0] / theirs[0]:6.2f}", flush=True)
    return difference


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=0.01)
    parser.add_argument("--runs", type=int, default=0, help="runs to measure; 0: none")
    parser.add_argument("--program", default=".build/debug/daybook")
    parser.add_argument("--only", default="", help="ids such as tpch.q03, separated by commas")
    options = parser.parse_args()

    only = set(filter(None, options.only.split(",")))
    asked = failed = 0
    for name, benchmark in ("tpch", tpch), ("ssb", ssb):
        wanted = [(f"{name}.{id}", query) for id, query in queries(f"{name}.sql")]
        wanted = [pair for pair in wanted if not only or pair[0] in only]
        if not wanted:
            continue
        with tempfile.TemporaryDirectory() as directory:
            daybook = server.Daybook(options.program, directory, "--query.memory", "2GiB")
            try:
                peer = duckdb.connect()
                peer.execute("SET TimeZone = 'UTC'")
                peer.execute(f"SET threads = {os.cpu_count()}")
                load(daybook, peer, directory, benchmark, options.scale)
                for id, query in wanted:
                    asked += 1
                    difference = ask(daybook, peer, id, query, options.runs)
                    if difference:
                        failed += 1
                        print(f"{id}: {difference}\n{query}\n", flush=True)
                peer.close()
            finally:
                daybook.stop()
    print(f"TPC-H and star schema: {asked} queries, {asked - failed} equal, {failed} different")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
