"""A Daybook server of our own, and how its answers are compared with another's."""

import decimal
import json
import math
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request

DOUBLES = 1e-9  # How far sums of doubles may lie apart, relative.
# What both may refuse, or only one: a value beyond its type.
BEYOND = re.compile(r"out of range|overflow|beyond|too large|does not fit|Out of Range", re.I)


class Refused(RuntimeError):
    """What the server answered in place of a result."""


class Daybook:
    """A server on a free port over an empty directory."""

    def __init__(self, program, directory, *settings):
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            port = door.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = open(os.path.join(directory, "log"), "w")
        self.process = subprocess.Popen(
            [program, "serve", "--server.port", str(port), "--storage.directory",
             os.path.join(directory, "data"), "--compaction.interval", "3600s", *settings],
            stdout=self.log, stderr=subprocess.STDOUT)
        for _ in range(300):
            try:
                urllib.request.urlopen(self.url + "/readyz", timeout=1).read()
                return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise SystemExit("the server did not start")

    def post(self, path, body=b"", kind="application/json"):
        request = urllib.request.Request(
            self.url + path, data=body, headers={"Content-Type": kind})
        try:
            return urllib.request.urlopen(request, timeout=120).read()
        except urllib.error.HTTPError as error:
            raise Refused(error.read().decode()) from None

    def sql(self, text, parameters=None):
        body = {"query": text, "resultFormat": "array"}
        if parameters:
            body["parameters"] = [
                {"type": "BIGINT" if isinstance(value, int) else "VARCHAR", "value": value}
                for value in parameters]
        answer = self.post("/v1/sql", json.dumps(body).encode())
        return json.loads(answer, parse_float=decimal.Decimal)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def canonical(value):
    if value is None or isinstance(value, (bool, str, int, float, decimal.Decimal)):
        return value
    if isinstance(value, (list, tuple)):
        return [canonical(element) for element in value]
    if not hasattr(value, "hour"):
        return value.isoformat() + "T00:00:00.000Z"
    return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def equal(ours, theirs):
    """Whether two cells are equal: exactly, or to nine digits where one is a double."""
    ours, theirs = canonical(ours), canonical(theirs)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(equal, ours, theirs))
    if isinstance(ours, (bool, str, list)) or isinstance(theirs, (bool, str, list)):
        return type(ours) is type(theirs) and ours == theirs
    if ours is None or theirs is None:
        return ours is theirs
    if isinstance(ours, float) or isinstance(theirs, float):
        # A decimal quotient of ours is cut where a double of theirs is not.
        cut = 0.0
        if isinstance(ours, decimal.Decimal) and isinstance(theirs, float):
            cut = 0.5 * 10.0 ** min(0, ours.as_tuple().exponent)
            cut = cut if cut < 1e-5 else 0.0
        return math.isclose(
            float(ours), float(theirs), rel_tol=DOUBLES, abs_tol=max(DOUBLES, 1.01 * cut))
    return ours == theirs


def compare(ours, theirs, other="DuckDB"):
    """What differs between two results; None for nothing."""
    if len(ours) != len(theirs):
        return f"{len(ours)} rows, {other} {len(theirs)}"
    for number, (left, right) in enumerate(zip(ours, theirs)):
        if len(left) != len(right) or not all(map(equal, left, right)):
            return f"row {number}: {left}, {other} {[canonical(value) for value in right]}"
    return None
