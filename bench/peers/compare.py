#!/usr/bin/env python3
"""Daybook beside its peers: the same events, the same questions, one run, one table.

    bench/peers/compare.py --rows 10M                 everything, from nothing
    bench/peers/compare.py --rows 10M --only q01,q13  some questions, on what is loaded

Rounds are interleaved: every engine answers a question before the next question is asked, so that
a noisy minute hits all of them. A time is the median of all rounds; the first round warms and
counts for nothing, except that an engine which is hopeless there is not asked that question again.
Every answer is compared with DuckDB's.
"""

import argparse
import hashlib
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import time
from datetime import datetime, timedelta

import engines
import questions
import servers

PEERS = [
    "duckdb", "duckdb_enum", "clickhouse", "clickhouse_plain", "postgres", "polars", "datafusion"]
STREAMS = 4  # Clients that push events at once.
HOPELESS = 20  # Times slower than the fastest, and slower than a second: once is enough.
EXACT = 1e-6  # How far doubles may lie apart.


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def row_count(text):
    units = {"k": 1_000, "M": 1_000_000}
    return int(text[:-1]) * units[text[-1]] if text[-1] in units else int(text)


# Answers -----------------------------------------------------------------------------------------

def canonical(value):
    """Times and days as milliseconds, everything else unchanged."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        found = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d(?:\.\d+)?)Z?)?", value)
        if found:
            at = datetime.fromisoformat(f"{found[1]} {pad(found[2] or '00:00:00')}")
            return (at - datetime(1970, 1, 1)) // timedelta(milliseconds=1)
    return value


def pad(clock):
    whole, _, part = clock.partition(".")
    return f"{whole}.{(part + '000000')[:6]}"


def difference(expected, found, tolerance):
    """Where two answers differ; None where they are equal."""
    if len(expected) != len(found):
        return f"{len(expected)} rows, not {len(found)}"
    for number, (left, right) in enumerate(zip(expected, found)):
        for column, (a, b) in enumerate(zip(map(canonical, left), map(canonical, right))):
            if isinstance(a, (int, float)) and isinstance(b, (int, float)):
                exact = isinstance(a, int) and isinstance(b, int) and not tolerance
                allowed = 0 if exact else tolerance or EXACT
                if abs(a - b) <= allowed * max(1, abs(a), abs(b)):
                    continue
            elif a == b:
                continue
            return f"row {number}, column {column}: {a!r}, not {b!r}"
    return None


def fingerprint(rows):
    text = json.dumps([[canonical(value) for value in row] for row in rows], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


# Loading -----------------------------------------------------------------------------------------

def generate(program, home, rows):
    if os.path.exists(f"{home}/ledger.ndjson"):
        return
    say(f"generate {rows:,} events")
    subprocess.run(
        [program, "generate", "--rows", str(rows), "--out", f"{home}/ledger.part",
         "--truth", f"{home}/ledger.truth.json"], check=True)
    os.rename(f"{home}/ledger.part", f"{home}/ledger.ndjson")


def load_peer(name, home, rows):
    note = f"{home}/{name}.json"
    if os.path.exists(note):
        return
    say(f"load {name}")
    worker = engines.Worker(name, home)
    answer = worker.ask(do="load", rows=rows)
    worker.close()
    if "error" in answer:
        raise SystemExit(f"{name} did not load: {answer['error']}")
    with open(note, "w") as file:
        json.dump(answer, file)


def load_daybook(server, program, home, rows, table):
    """Pushes the events over HTTP from several clients, each with every n-th part of the file."""
    note = f"{home}/daybook.json"
    if os.path.exists(note):
        return
    say("load daybook")
    server.post("/v1/sql", json.dumps({"query": open(table).read()}).encode())
    parts = []
    subprocess.run(
        ["split", "-n", f"r/{STREAMS}", "-d", f"{home}/ledger.ndjson", f"{home}/part."],
        check=True)
    started = time.perf_counter()
    for number in range(STREAMS):
        parts.append(subprocess.Popen(
            [program, "ingest", "ledger", f"{home}/part.{number:02d}", "--quiet",
             "--url", server.url]))
    if any([part.wait() for part in parts]):
        raise SystemExit("events were refused")
    seconds = time.perf_counter() - started
    for number in range(STREAMS):
        os.remove(f"{home}/part.{number:02d}")
    server.post("/v1/tables/ledger:seal")
    server.post("/v1/tables/ledger:compact")
    held = next(entry for entry in server.get("/v1/tables")["tables"] if entry["name"] == "ledger")
    if held["rows"] != rows:
        raise SystemExit(f"daybook holds {held['rows']} rows, not {rows}")
    with open(note, "w") as file:
        json.dump({"rows_per_second": rows / seconds, "bytes": held["bytes"]}, file)


# Measuring ---------------------------------------------------------------------------------------

def measure(workers, asked, parameters, rounds):
    """For each question and engine: times, fingerprint, and what was wrong."""
    results = {}
    for number in range(rounds + 1):
        say(f"round {number} of {rounds}" + ("" if number else ", which warms"))
        for question in asked:
            expected = None
            for worker in workers:  # DuckDB is the first, the others are compared with it.
                cell = results.setdefault((question.id, worker.name), {"times": []})
                sql = question.text(engines.ENGINES[worker.name].dialect, parameters)
                if sql is None or "error" in cell or "hopeless" in cell:
                    continue
                answer = worker.ask(do="run", sql=sql)
                if "error" in answer:
                    cell["error"] = answer["error"]
                    continue
                if number:
                    cell["times"].append(answer["seconds"])
                if expected is None:
                    expected = answer["rows"]
                elif wrong := difference(expected, answer["rows"], question.tolerance):
                    cell["error"] = f"another answer than DuckDB's: {wrong}"
                cell["fingerprint"] = fingerprint(answer["rows"])
                cell["last"] = answer["seconds"]
            cells = [results[question.id, worker.name] for worker in workers]
            for cell in cells if number == 0 else []:
                fastest = min(other["last"] for other in cells if "last" in other)
                if cell.get("last", 0) > max(1, HOPELESS * fastest):
                    cell["hopeless"] = True
                    cell["times"].append(cell["last"])
    return results


def table(asked, names, results):
    """The table as Markdown, and Daybook's ratios to the best peer."""
    lines = ["| question | " + " | ".join(names) + " | best peer | ratio | answer |",
             "| --- |" + " ---: |" * len(names) + " --- | ---: | --- |"]
    ratios = []
    for question in asked:
        cells, best, own = [], None, None
        for name in names:
            cell = results[question.id, name]
            if "error" in cell:
                cells.append("wrong" if "another answer" in cell["error"] else "fails")
            elif not cell["times"]:
                cells.append("–")
            else:
                milliseconds = statistics.median(cell["times"]) * 1_000
                cells.append(f"{milliseconds:,.1f}" if milliseconds >= 1 else f"{milliseconds:.2f}")
                if name == "daybook":
                    own = milliseconds
                elif best is None or milliseconds < best[0]:
                    best = (milliseconds, name)
        ratio = own / best[0] if own and best else None
        ratios.append(ratio)
        mark = results[question.id, "daybook"].get("fingerprint", "–")
        lines.append(
            f"| {question.id} {question.title} | " + " | ".join(cells)
            + f" | {best[1] if best else '–'} | {f'{ratio:.2f}' if ratio else '–'} | {mark} |")
    known = [ratio for ratio in ratios if ratio]
    if known:
        mean = math.exp(sum(map(math.log, known)) / len(known))
        lines.append("")
        lines.append(f"Geometric mean of {len(known)} ratios to the best peer of each: {mean:.2f}.")
    return "\n".join(lines)


def loading_table(names, home, rows):
    lines = ["| engine | events/s loaded from NDJSON | bytes an event |", "| --- | ---: | ---: |"]
    for name in names:
        note = json.load(open(f"{home}/{name}.json"))
        speed = f"{note['rows_per_second']:,.0f}" if "rows_per_second" in note else "–"
        lines.append(f"| {name} | {speed} | {note['bytes'] / rows:.1f} |")
    return "\n".join(lines)


def machine():
    model = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
    kernel = os.uname().release
    return f"{model[1] if model else 'unknown processor'}, {os.cpu_count()} cores, Linux {kernel}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="1M", help="events, such as 1M or 10M")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default=",".join(PEERS), help="separated by commas")
    parser.add_argument("--only", help="ids of questions, separated by commas")
    parser.add_argument("--home", help="where the data is kept", default=".build/bench")
    parser.add_argument("--program", default=".build/release/daybook")
    parser.add_argument("--table", default="sample-data/tables/ledger.sql")
    parser.add_argument("--fresh", action="store_true", help="load Daybook anew")
    parser.add_argument("--out", help="file for the table, besides the terminal")
    options = parser.parse_args()

    rows = row_count(options.rows)
    home = os.path.abspath(f"{options.home}/{options.rows}")
    program = os.path.abspath(options.program)
    os.makedirs(home, exist_ok=True)
    generate(program, home, rows)
    peers = [name for name in options.peers.split(",") if name]
    if options.fresh:
        shutil.rmtree(f"{home}/daybook", ignore_errors=True)
        if os.path.exists(f"{home}/daybook.json"):
            os.remove(f"{home}/daybook.json")

    postgres = servers.PostgreSQLServer(home, os.path.abspath(f"{options.home}/debian"))
    if "postgres" in peers and postgres.bin is None:
        say("PostgreSQL is not there; bench/peers/setup.sh fetches it")
        peers.remove("postgres")
    daybook = servers.DaybookServer(program, home)
    running, workers = [], []
    try:
        if "postgres" in peers:
            postgres.start()
            running.append(postgres)
        for name in peers:
            load_peer(name, home, rows)
        daybook.start()
        running.append(daybook)
        load_daybook(daybook, program, home, rows, options.table)

        names = peers + ["daybook"]
        workers = [engines.Worker(name, home) for name in names]
        for worker in workers:
            if "error" in (answer := worker.ask(do="open")):
                raise SystemExit(f"{worker.name} did not open: {answer['error']}")
        first = workers[0]
        found = questions.parameters(lambda sql: first.ask(do="run", sql=sql)["rows"])
        asked = questions.load()
        if options.only:
            asked = [question for question in asked if question.id in options.only.split(",")]
        results = measure(workers, asked, found, options.rounds)
    finally:
        for worker in workers:
            worker.close()
        for server in running:
            server.stop()

    report = "\n".join([
        f"{rows:,} events, {machine()}, median of {options.rounds} interleaved rounds, in"
        " milliseconds; Daybook over HTTP, the others in the asking process (PostgreSQL: over its"
        " socket).", "", table(asked, names, results), "", loading_table(names, home, rows)])
    print("\n" + report)
    for (question, name), cell in sorted(results.items()):
        if "error" in cell:
            print(f"{question} {name}: {cell['error']}")
    if options.out:
        with open(options.out, "w", encoding="utf-8") as file:
            file.write(report + "\n")
    raise SystemExit(
        1 if any("error" in results[question.id, "daybook"] for question in asked) else 0)


if __name__ == "__main__":
    main()
