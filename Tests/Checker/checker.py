#!/usr/bin/env python3
"""Does what was acknowledged stay, once? A black box: this knows HTTP and nothing of the engine.

usage: checker.py PROGRAM [--seconds N] [--seed N] [--keep]

Several senders write to a real server, which is killed with SIGKILL every few seconds, sometimes
again while it starts. Each request's fate is kept: acknowledged, refused for sure, or unknown.
What is unknown is sent again, as docs/guarantees.md says. After each restart and at the end:

* the rows of an acknowledged request are there, once, with every byte;
* those of a request that was refused for sure are not there;
* those of a request whose fate is unknown are there whole or not at all;
* sending everything again changes nothing, and is answered as it was the first time;
* SQL, look-ups and a rollup say the same.

Each way of being recognised has its lane (`Lane`); another way is another class.
"""

import argparse
import decimal
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

ACKED, REFUSED, UNKNOWN = "acknowledged", "refused", "unknown"
COLUMNS = "id, at, amount, fee, note"
TOLD_ONLY = {"status", "version", "rejections"}


class Server:
    """The program on a directory; it may die at any time."""

    def __init__(self, program, directory):
        self.program = program
        self.directory = directory
        self.process = None
        self.port = None
        self.starts = 0
        self.lines = threading.local()

    def start(self, settings=()):
        self.process = subprocess.Popen(
            [self.program, "serve", "--storage.directory", self.directory, "--server.port", "0",
             "--log.level", "error", "--ingest.seal_age", "1", "--compaction.interval", "1",
             *settings],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)
        self.starts += 1
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith("listening on "):
                self.port = int(line.strip().rsplit(":", 1)[1])
                threading.Thread(target=self.drain, args=(self.process,), daemon=True).start()
                return True
        code = self.process.wait()
        if code != -signal.SIGKILL:
            raise Failure(f"the server did not start ({code}):\n" + "".join(lines))
        return False

    @staticmethod
    def drain(process):
        for _ in process.stdout:
            pass

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        if self.process:
            self.process.wait()
        self.port = None

    def request(self, method, path, body=None, headers=None, timeout=30):
        """Status, headers and body; None where there was no whole answer."""
        port = self.port
        if port is None:
            return None
        connection = getattr(self.lines, "connection", None)
        if connection is None or connection.port != port:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
            self.lines.connection = connection
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            self.lines.connection = None
            return None

    def sql(self, statement):
        """The rows of a statement; the server must be there."""
        answer = self.request(
            "POST", "/v1/sql",
            json.dumps({"query": statement, "resultFormat": "array"}).encode(),
            {"Content-Type": "application/json"}, timeout=120)
        if answer is None or answer[0] != 200:
            raise Failure(f"{statement}\n{answer}")
        return json.loads(answer[2], parse_float=decimal.Decimal)


class Failure(Exception):
    """A promise that was not kept."""


class Sent:
    """A request and what became of it."""

    def __init__(self, rows, body, headers):
        self.rows = rows
        self.body = body
        self.headers = headers
        self.fate = UNKNOWN
        self.answer = None
        self.attempts = 0


def line(row):
    identifier, at, amount, fee, note = row
    return (f'{{"id":{json.dumps(identifier)},"at":"{at}","amount":{amount},"fee":{fee},'
            f'"note":{json.dumps(note)}}}')


class Lane(threading.Thread):
    """One sender: makes requests, sends each until its fate is known, and remembers."""

    table = None

    def __init__(self, name, server, seed, stop):
        super().__init__(name=name, daemon=True)
        self.server = server
        self.random = random.Random(f"{seed}/{name}")
        self.stop = stop
        self.sent = []
        self.failure = None
        self.count = 0
        # Held while a request is on its way, and by whoever looks at what is there.
        self.gate = threading.Lock()

    def identify(self, number):
        """The header fields by which request `number` is recognised."""
        raise NotImplementedError

    def make(self):
        number = len(self.sent)
        rows = []
        for _ in range(self.random.choice([1, 1, 3, 20, 100])):
            self.count += 1
            day = 1 + self.random.randrange(9)
            rows.append((f"{self.name}-{self.count}", f"2026-03-0{day}T12:00:00.000Z",
                         self.random.randrange(-10**12, 10**12),
                         decimal.Decimal(self.random.randrange(10**6)) / 100,
                         self.random.choice(["", "é", "\"\\", "x" * 50]) + str(number)))
        body = "\n".join(line(row) for row in rows)
        # Some requests cannot be taken: nothing of them may ever be seen.
        if self.random.random() < 0.05:
            body += '\n{"id": 7}'
        return Sent(rows, body.encode(), self.identify(number))

    def send(self, request):
        with self.gate:
            self.attempt(request)

    def attempt(self, request):
        request.attempts += 1
        answer = self.server.request(
            "POST", f"/v1/tables/{self.table}/events", request.body,
            {"Content-Type": "application/x-ndjson", **request.headers})
        if answer is None:
            return
        status, headers, body = answer
        if status == 200:
            said = json.loads(body)
            if request.answer is not None:
                self.compare(request, said)
            elif request.fate == REFUSED:
                raise Failure(f"{self.name}: taken after it was refused: {said}")
            request.answer = request.answer or said
            request.fate = ACKED
        elif status in (429, 503):
            pass
        elif 400 <= status < 500:
            if request.fate == ACKED:
                raise Failure(f"{self.name}: refused after it was taken: {status} {body}")
            request.fate = REFUSED
        else:
            raise Failure(f"{self.name}: {status} {body}")

    def compare(self, request, said):
        """A repeated request is answered as the first one was."""
        if said["status"] != "duplicate":
            raise Failure(f"{self.name}: taken twice: {request.headers} {said}")
        if said["accepted"] is None:
            return
        for name in set(said) - TOLD_ONLY:
            if said[name] != request.answer[name]:
                raise Failure(f"{self.name}: {request.answer}, then {said}")

    def again(self, request):
        """What a client does that does not know what became of a request."""
        while request.fate == UNKNOWN and not self.stop.is_set():
            self.send(request)
            if request.fate == UNKNOWN:
                time.sleep(0.05)

    def run(self):
        try:
            while not self.stop.is_set():
                request = self.make()
                self.sent.append(request)
                self.again(request)
                if request.fate == REFUSED:
                    self.close(request)
                # A number that was given to a filler is not the refused request's any more.
                again = self.random.choice(self.sent)
                if self.random.random() < 0.1 and again.fate != REFUSED:
                    self.send(again)
        except Exception as failure:
            self.failure = failure
            self.stop.set()

    def close(self, refused):
        """Lets the sequence go on behind a request that will never be sent."""


class ProducerLane(Lane):
    """Numbered requests into a table without unique ids: the number alone protects them."""

    table = "plain"

    def identify(self, number):
        return {"Daybook-Producer": self.name, "Daybook-Seq": str(number)}

    def close(self, refused):
        self.again(Sent([], b"", refused.headers))


class KeyLane(Lane):
    """Requests with keys into a table without unique ids."""

    table = "plain"

    def identify(self, number):
        return {"Idempotency-Key": f"{self.name}/{number}",
                "Idempotency-Key-Time": str(int(time.time() * 1000))}


class IdLane(Lane):
    """Requests that only the ids of their rows protect."""

    table = "by_id"

    def identify(self, number):
        return {}

    def compare(self, request, said):
        if said["accepted"] or said["conflict"] or said["duplicate"] != len(request.rows):
            raise Failure(f"{self.name}: {request.answer}, then {said}")


def create(server):
    columns = ("id VARCHAR NOT NULL, at TIMESTAMP NOT NULL, amount BIGINT, fee DECIMAL(18,2), "
               "note VARCHAR")
    rest = "TIMESTAMP (at) PARTITION BY DAY LOOKUP (id)"
    server.sql(f"CREATE TABLE IF NOT EXISTS plain ({columns}) {rest}")
    server.sql(f"CREATE TABLE IF NOT EXISTS by_id ({columns}, UNIQUE (id)) "
               "TIMESTAMP (at) PARTITION BY DAY")
    for table in ("plain", "by_id"):
        server.sql(
            f"CREATE ROLLUP IF NOT EXISTS {table}_daily ON {table} AS "
            "SELECT TIME_FLOOR(at, 'P1D'), COUNT(*), SUM(amount) GROUP BY 1")


def check(server, lanes, generator):
    """Compares all that is there with all that was sent, while nobody sends."""
    for lane in lanes:
        lane.gate.acquire()
    try:
        return compare(server, lanes, generator)
    finally:
        for lane in lanes:
            lane.gate.release()


def compare(server, lanes, generator):
    rows = {}
    for table in sorted({lane.table for lane in lanes}):
        there = server.sql(f"SELECT {COLUMNS} FROM {table}")
        for row in there:
            if row[0] in rows:
                raise Failure(f"{table}: {row[0]} is there twice")
            rows[row[0]] = (row[0], row[1], row[2], decimal.Decimal(row[3]), row[4])
        compare_paths(server, table, there, generator)
    expected = 0
    for lane in lanes:
        for request in list(lane.sent):
            found = [row for row in request.rows if row[0] in rows]
            for row in found:
                if rows[row[0]] != row:
                    raise Failure(f"{row} was sent, {rows[row[0]]} is there")
            missing = len(request.rows) - len(found)
            if request.fate == ACKED and missing:
                raise Failure(f"{lane.name}: {missing} acknowledged rows are gone: "
                              f"{request.headers} {request.answer}")
            if request.fate == REFUSED and found:
                raise Failure(f"{lane.name}: refused, and there: {found[0]}")
            if found and missing:
                raise Failure(f"{lane.name}: {len(found)} of {len(request.rows)} rows are there")
            expected += len(found)
    if expected != len(rows):
        raise Failure(f"{len(rows)} rows are there, {expected} were sent")
    return len(rows)


def compare_paths(server, table, there, generator):
    """Totals by SQL over rows, by the rollup, and some rows by look-up."""
    days = {}
    for row in there:
        count, total = days.get(row[1][:10], (0, 0))
        days[row[1][:10]] = (count + 1, total + row[2])
    grouped = server.sql(
        f"SELECT TIME_FLOOR(at, 'P1D'), COUNT(*), SUM(amount) FROM {table} GROUP BY 1")
    if {row[0][:10]: (row[1], row[2]) for row in grouped} != days:
        raise Failure(f"{table}: rows give {days}, the query by day {grouped}")
    total = server.sql(f"SELECT COUNT(*), SUM(amount) FROM {table}")[0]
    if total[0] != len(there) or (there and total[1] != sum(row[2] for row in there)):
        raise Failure(f"{table}: {total} are not the totals of {len(there)} rows")
    for row in generator.sample(there, min(20, len(there))):
        answer = server.request(
            "GET", f"/v1/tables/{table}/rows?by=id&value={row[0]}&columns=id,amount")
        found = json.loads(answer[2])["rows"]
        if found != [{"id": row[0], "amount": row[2]}]:
            raise Failure(f"{table}: the look-up of {row[0]} gives {found}, SQL {row}")


def live(server, seconds, seed, generator):
    """Sends and kills for a while; then sends everything again, twice."""
    stop = threading.Event()
    lanes = [ProducerLane("producer-a", server, seed, stop),
             ProducerLane("producer-b", server, seed, stop),
             KeyLane("key", server, seed, stop), IdLane("id", server, seed, stop)]
    server.start()
    create(server)
    for lane in lanes:
        lane.start()
    end = time.monotonic() + seconds
    kills = 0
    while time.monotonic() < end and not stop.is_set():
        time.sleep(generator.uniform(0.2, 3.0))
        server.kill()
        kills += 1
        while generator.random() < 0.3:
            # Killed while it recovers, too.
            threading.Timer(generator.uniform(0.0, 0.3), server.kill).start()
            server.start()
            time.sleep(0.4)
            server.kill()
            kills += 1
        server.start()
        rows = check(server, lanes, generator)
        print(f"  {kills} kills, {sum(len(lane.sent) for lane in lanes)} requests, {rows} rows",
              flush=True)
    stop.set()
    for lane in lanes:
        lane.join()
        if lane.failure:
            raise lane.failure
    for lane in lanes:
        lane.stop = threading.Event()
        for request in lane.sent:
            lane.again(request)
    before = check(server, lanes, generator)
    for _ in range(2):
        shuffled = [(lane, request) for lane in lanes for request in lane.sent]
        generator.shuffle(shuffled)
        for lane, request in shuffled:
            if request.fate == ACKED:
                lane.send(request)
        if check(server, lanes, generator) != before:
            raise Failure("sending everything again changed the rows")
        server.kill()
        server.start()
    check(server, lanes, generator)
    return kills, sum(len(lane.sent) for lane in lanes), before


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=20260801)
    parser.add_argument("--keep", action="store_true", help="leave the data directory")
    arguments = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="daybook-checker-")
    server = Server(os.path.abspath(arguments.program), directory)
    print(f"seed {arguments.seed}, directory {directory}", flush=True)
    try:
        kills, requests, rows = live(
            server, arguments.seconds, arguments.seed, random.Random(arguments.seed))
        print(f"passed: {kills} kills, {requests} requests, {rows} rows")
        return 0
    except Failure as failure:
        print(f"FAILED (seed {arguments.seed}, directory {directory}): {failure}")
        arguments.keep = True
        return 1
    finally:
        server.kill()
        if not arguments.keep:
            subprocess.run(["rm", "-rf", directory], check=False)


if __name__ == "__main__":
    sys.exit(main())
