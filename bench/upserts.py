#!/usr/bin/env python3
"""Measures state tables on a running server: upserts, scans after them, single durable puts.

    daybook serve --data /tmp/upserts & bench/upserts.py --keys 10000000

Every answer is checked against what was sent: a wrong sum ends the run with an error.
"""

import argparse
import http.client
import json
import random
import threading
import time

TABLE = "bench_state"


def connect(arguments):
    return http.client.HTTPConnection(arguments.host, arguments.port, timeout=600)


def ask(connection, method, path, body=None, headers=None):
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    text = response.read()
    if response.status >= 300:
        raise SystemExit(f"{method} {path}: {response.status} {text[:300]!r}")
    return text


def sql(connection, statement):
    headers = {"Content-Type": "application/json"}
    body = json.dumps({"query": statement, "resultFormat": "array"})
    return json.loads(ask(connection, "POST", "/v1/sql", body, headers))


def amount(key, version):
    return (key * 7 + version * 1_000_003) % 10_000


def line(key, version):
    # A month of keys, each always on its day, spread so that updates meet every segment.
    day = key % 28 + 1
    return (f'{{"key":"K{key:010d}","version":{version},"at":"2026-09-{day:02d}T00:00:00Z",'
            f'"status":"S{(key + version) % 5}","amount":{amount(key, version)}}}')


def send(connection, keys, version, batch):
    """Sends one version of keys; gives rows a second."""
    headers = {"Content-Type": "application/x-ndjson"}
    bodies = 0.0
    started = time.monotonic()
    for first in range(0, len(keys), batch):
        made = time.monotonic()
        part = keys[first:first + batch]
        body = "\n".join(line(key, version) for key in part).encode()
        bodies += time.monotonic() - made
        answer = json.loads(ask(
            connection, "POST", f"/v1/tables/{TABLE}/events", body, headers))
        if answer["accepted"] != len(part):
            raise SystemExit(f"{len(part)} rows were sent: {answer}")
    # Making the bodies is this script's time, not the server's.
    return len(keys) / (time.monotonic() - started - bodies)


def scan(connection, count, total, rounds):
    """The median of a full scan in seconds, its answer checked."""
    times = []
    for _ in range(rounds):
        started = time.monotonic()
        rows = sql(connection, f"SELECT COUNT(*), SUM(amount) FROM {TABLE} WHERE amount >= 0")
        times.append(time.monotonic() - started)
        if rows != [[count, total]]:
            raise SystemExit(f"{[count, total]} expected, {rows} found")
    return sorted(times)[len(times) // 2]


def put(arguments, keys, version, latencies):
    connection = connect(arguments)
    period = arguments.clients / arguments.rate
    due = time.monotonic()
    for key in keys:
        due += period
        time.sleep(max(0.0, due - time.monotonic()))
        row = json.loads(line(key, version))
        name = row.pop("key")
        started = time.monotonic()
        ask(connection, "PUT", f"/v1/tables/{TABLE}/rows/{name}", json.dumps(row))
        latencies.append(time.monotonic() - started)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8420)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--puts", type=int, default=20_000)
    parser.add_argument("--rate", type=int, default=5_000, help="single puts a second")
    parser.add_argument("--clients", type=int, default=32)
    arguments = parser.parse_args()
    connection = connect(arguments)
    sql(connection, f"DROP TABLE IF EXISTS {TABLE}")
    sql(connection, f"CREATE TABLE {TABLE} (key VARCHAR NOT NULL, version BIGINT NOT NULL, "
        "at TIMESTAMP NOT NULL, status VARCHAR, amount BIGINT, "
        "PRIMARY KEY (key) VERSION BY version) TIMESTAMP (at) PARTITION BY DAY")
    count = arguments.keys
    total = sum(amount(key, 1) for key in range(count))
    rate = send(connection, range(count), 1, arguments.batch)
    print(f"load     {rate:12,.0f} rows/s")
    ask(connection, "POST", f"/v1/tables/{TABLE}:seal")
    ask(connection, "POST", f"/v1/tables/{TABLE}:compact")
    fresh = scan(connection, count, total, arguments.rounds)
    print(f"scan     {fresh * 1e3:12.1f} ms, fresh rows")
    chosen = random.Random(42).sample(range(count), count * 3 // 10)
    total += sum(amount(key, 2) - amount(key, 1) for key in chosen)
    rate = send(connection, chosen, 2, arguments.batch)
    print(f"upserts  {rate:12,.0f} rows/s, random keys of {count:,} (target 150,000)")
    ask(connection, "POST", f"/v1/tables/{TABLE}:seal")
    updated = scan(connection, count, total, arguments.rounds)
    print(f"scan     {updated * 1e3:12.1f} ms, 30 % updated: "
          f"{updated / fresh:.2f} times (target 1.3)")
    latencies = []
    keys = random.Random(43).sample(range(count), min(count, arguments.puts))
    threads = [
        threading.Thread(
            target=put, args=(arguments, keys[index::arguments.clients], 3, latencies))
        for index in range(arguments.clients)
    ]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    if len(latencies) != len(keys):
        raise SystemExit(f"{len(keys)} puts were sent, {len(latencies)} were answered")
    latencies.sort()
    known = set(chosen)
    total += sum(amount(key, 3) - amount(key, 2 if key in known else 1) for key in keys)
    scan(connection, count, total, 1)
    print(f"puts     {len(keys) / seconds:12,.0f} puts/s, p50 "
          f"{latencies[len(latencies) // 2] * 1e3:.2f} ms, p99 "
          f"{latencies[len(latencies) * 99 // 100] * 1e3:.2f} ms (target: one sync + 3 ms)")
    sql(connection, f"DROP TABLE {TABLE}")


if __name__ == "__main__":
    main()
