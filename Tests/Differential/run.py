#!/usr/bin/env python3
"""Asks Daybook and DuckDB the same random questions and compares the answers.

    Tests/Differential/run.py --statements 20000 --seed 1

Every hundred statements a new set of tables is made: part of their rows sealed, part compacted,
part live, some summed in rollups. A difference prints seed, statement, both answers and what SQLite
says, and the exit status is 1.
"""

import argparse
import collections
import re
import sqlite3
import sys
import tempfile

import duckdb

import server
import statements
import tables

# What DuckDB refuses or answers wrongly, and why we say so: see README.md.
KNOWN = {
    "duckdb refuses what it reads elsewhere": re.compile(
        r"DuckDB refuses: .*(BindBuiltinScalarFunction|INTERNAL Error|Unoptimized)"),
}


def answer(peer, text):
    """DuckDB's rows and what it refuses."""
    try:
        return [list(row) for row in peer.execute(text).fetchall()], None
    except duckdb.Error as error:
        return None, str(error)


def judge(daybook, peer, mine, theirs, parameters):
    """What became of a statement: "equal", another word that needs no attention, or a problem."""
    expected, problem = answer(peer, theirs)
    try:
        found = daybook.sql(mine, parameters)
    except server.Refused as error:
        if server.BEYOND.search(str(error)) or (problem and server.BEYOND.search(problem)):
            return "beyond a type in one of them"
        return f"daybook refuses: {error}"
    if problem:
        difference = f"DuckDB refuses: {problem}"
        if server.BEYOND.search(problem):
            return "beyond a type in one of them"
    else:
        difference = server.compare(found, expected)
        if difference is None:
            return "equal"
    # A peer that contradicts itself is no judge.
    peer.execute("PRAGMA disable_optimizer")
    plain, _ = answer(peer, theirs)
    peer.execute("PRAGMA enable_optimizer")
    if plain is not None and server.compare(found, plain) is None:
        return "as DuckDB's without its optimizer"
    for reason, pattern in KNOWN.items():
        if pattern.search(difference):
            return reason
    return difference


def second_opinion(made, found, text):
    """What SQLite says of a difference, as far as it can read the statement."""
    lite = sqlite3.connect(":memory:")
    for table in made:
        table.imitate(lite)
    try:
        rows = [list(row) for row in lite.execute(text).fetchall()]
    except sqlite3.Error as error:
        return f"SQLite cannot say: {error}"
    return f"SQLite: {server.compare(found, rows, 'SQLite') or 'as daybook'}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--statements", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=150)
    parser.add_argument("--program", default=".build/debug/daybook")
    parser.add_argument("--keep-going", action="store_true", help="report all differences")
    options = parser.parse_args()

    words = {"equal", "beyond a type in one of them", "as DuckDB's without its optimizer", *KNOWN}
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as directory:
        daybook = server.Daybook(options.program, directory)
        peer = duckdb.connect()
        peer.execute("SET TimeZone = 'UTC'")
        peer.execute("SET threads = 1")
        try:
            for part in range(0, options.statements, tables.PER_SET):
                seed = options.seed * 1_000_003 + part
                made = tables.prepare(daybook, seed, options.rows, peer)
                source = statements.Statements(seed, made)
                for number in range(min(tables.PER_SET, options.statements - part)):
                    (mine, theirs), parameters = source.statement()
                    verdict = judge(daybook, peer, mine, theirs, parameters)
                    counts[verdict if verdict in words else "different"] += 1
                    if verdict in words:
                        continue
                    opinion = ""
                    if "refuses" not in verdict:
                        opinion = second_opinion(made, daybook.sql(mine, parameters), theirs)
                    print(f"seed {options.seed}, statement {part + number}: {verdict}\n"
                          f"  {opinion}\n  daybook: {mine} {parameters or ''}\n"
                          f"  duckdb:  {theirs}\n", flush=True)
                    if not options.keep_going:
                        raise SystemExit(1)
        finally:
            daybook.stop()
    told = ", ".join(f"{count} {word}" for word, count in counts.most_common())
    print(f"{options.statements} statements beside DuckDB: {told}")
    sys.exit(1 if counts["different"] else 0)


if __name__ == "__main__":
    main()
