#!/usr/bin/env python3
"""Asks Daybook and DuckDB the same random questions and compares the answers.

    Tests/Differential/run.py --statements 2000 --seed 1

Every hundred statements a new set of tables is made: part of their rows sealed, part compacted,
part live. A difference prints seed, statement and both answers, and the exit status is 1.
"""

import argparse
import decimal
import json
import math
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import duckdb

import statements

PER_TABLES = 100
DOUBLES = 1e-9  # How far sums of doubles may lie apart, relative.
# What both refuse, or only one can: a value beyond its type.
BEYOND = re.compile(r"out of range|overflow|beyond|too large|does not fit|Out of Range", re.I)


class Daybook:
    """A server of our own on a free port."""

    def __init__(self, program, directory):
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            port = door.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = open(os.path.join(directory, "log"), "w")
        self.process = subprocess.Popen(
            [program, "serve", "--server.port", str(port), "--storage.directory",
             os.path.join(directory, "data"), "--compaction.interval", "3600s"],
            stdout=self.log, stderr=subprocess.STDOUT)
        for _ in range(300):
            try:
                urllib.request.urlopen(self.url + "/readyz", timeout=1).read()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the server did not start")

    def post(self, path, body=b"", kind="application/json"):
        request = urllib.request.Request(
            self.url + path, data=body, headers={"Content-Type": kind})
        try:
            return urllib.request.urlopen(request, timeout=60).read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from None

    def sql(self, text):
        answer = self.post(
            "/v1/sql", json.dumps({"query": text, "resultFormat": "array"}).encode())
        return json.loads(answer, parse_float=decimal.Decimal)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def load(daybook, peer, table, rng):
    """The same rows into both: of Daybook's, some sealed and compacted, some live."""
    ours, theirs = table.create(rng)
    daybook.sql(f"DROP TABLE IF EXISTS {table.name}")
    daybook.sql(ours)
    peer.execute(f"DROP TABLE IF EXISTS {table.name}")
    peer.execute(theirs)
    rows = table.rows
    cuts = sorted(rng.randrange(len(rows) + 1) for _ in range(rng.randrange(4)))
    for start, end in zip([0] + cuts, cuts + [len(rows)]):
        if start < end:
            lines = "".join(json.dumps(row) + "\n" for row in rows[start:end])
            daybook.post(f"/v1/tables/{table.name}/events", lines.encode(), "application/x-ndjson")
        if end < len(rows) or rng.random() < 0.5:
            daybook.post(f"/v1/tables/{table.name}:seal")
    if rng.random() < 0.5:
        daybook.post(f"/v1/tables/{table.name}:compact")
    marks = ", ".join(
        "epoch_ms(?)" if column == "t" else "?" for column in table.KINDS)
    if rows:
        peer.executemany(
            f"INSERT INTO {table.name} VALUES ({marks})",
            [[row[column] for column in table.KINDS] for row in rows])


def canonical(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float, decimal.Decimal)):
        return value
    return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def equal(a, b):
    a, b = canonical(a), canonical(b)
    if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
        return a is b
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    if isinstance(a, float) or isinstance(b, float):
        return math.isclose(float(a), float(b), rel_tol=DOUBLES, abs_tol=DOUBLES)
    return a == b


def compare(ours, theirs):
    """What differs; None for nothing."""
    if len(ours) != len(theirs):
        return f"{len(ours)} rows, DuckDB {len(theirs)}"
    for number, (left, right) in enumerate(zip(ours, theirs)):
        if not all(map(equal, left, right)):
            return f"row {number}: {left}, DuckDB {[canonical(value) for value in right]}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--statements", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--program", default=".build/debug/daybook")
    parser.add_argument("--features", default="derived,joins", help="separated by commas")
    parser.add_argument("--keep-going", action="store_true", help="report all differences")
    options = parser.parse_args()

    asked = failed = refused = 0
    with tempfile.TemporaryDirectory() as directory:
        daybook = Daybook(options.program, directory)
        try:
            for part in range(0, options.statements, PER_TABLES):
                seed = options.seed * 1_000_003 + part
                rng = random.Random(seed)
                peer = duckdb.connect()
                peer.execute("SET TimeZone = 'UTC'")
                tables = [
                    statements.Table(rng, name, rng.choice([0, 1, options.rows // 3, options.rows]))
                    for name in ("r", "q")]
                for table in tables:
                    load(daybook, peer, table, rng)
                source = statements.Statements(seed, tables, options.features.split(","))
                for number in range(min(PER_TABLES, options.statements - part)):
                    mine, theirs = source.statement()
                    asked += 1
                    verdict = judge(daybook, peer, mine, theirs)
                    if verdict == "refused":
                        refused += 1
                    elif verdict:
                        failed += 1
                        print(f"seed {options.seed}, statement {part + number}: {verdict}\n"
                              f"  daybook: {mine}\n  duckdb:  {theirs}\n", flush=True)
                        if not options.keep_going:
                            raise SystemExit(1)
                peer.close()
        finally:
            daybook.stop()
    print(f"{asked} statements, {asked - failed - refused} equal, {refused} beyond a type in one"
          f" of them, {failed} different")
    sys.exit(1 if failed else 0)


def judge(daybook, peer, mine, theirs):
    """None where the answers are equal, "refused" where a value is beyond its type in one."""
    try:
        expected = [list(row) for row in peer.execute(theirs).fetchall()]
        problem = None
    except duckdb.Error as error:
        expected, problem = None, str(error)
    try:
        found = daybook.sql(mine)
    except RuntimeError as error:
        if BEYOND.search(str(error)) or (problem and BEYOND.search(problem)):
            return "refused"
        return f"daybook refuses: {error}"
    if problem:
        return "refused" if BEYOND.search(problem) else f"DuckDB refuses: {problem}"
    return compare(found, expected)


if __name__ == "__main__":
    main()
