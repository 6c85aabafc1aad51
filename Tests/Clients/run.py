#!/usr/bin/env python3
"""Clients written for Apache Druid against a real server.

usage: run.py PROGRAM [RESULTS]    RESULTS: a file for "passed failed skipped", three numbers
"""

import json
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
import warnings

from pydruid.db import connect, exceptions
from sqlalchemy import MetaData, Table, and_, create_engine, func, inspect, or_, select, text
from sqlalchemy.dialects import registry

registry.register("druid", "pydruid.db.sqlalchemy", "DruidHTTPDialect")

PROGRAM = None

CREATE = """
CREATE TABLE payments (event_id VARCHAR NOT NULL, event_time TIMESTAMP NOT NULL, currency VARCHAR,
  note VARCHAR, amount BIGINT, fee DECIMAL(18, 2), share DOUBLE, flag BOOLEAN,
  coupons VARCHAR ARRAY, attrs JSON, UNIQUE (event_id))
TIMESTAMP (event_time) PARTITION BY DAY
"""

ROWS = [
    {"event_id": f"e{i}", "event_time": f"2026-09-{1 + i % 3:02d}T{i % 24:02d}:30:00Z",
     "currency": ["USD", "EUR", None][i % 3], "note": ["it's", "C:\\", 'say "x"\\', ""][i % 4],
     "amount": i, "fee": i + 0.25, "share": i / 4, "flag": i % 2 == 0,
     "coupons": ["a", "b"], "attrs": {"k": [i]}}
    for i in range(48)
]


class Server:
    """The program on an empty directory; `port` is where it listens."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="daybook-clients-")
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--storage.directory", self.directory.name, "--server.port", "0",
             "--log.level", "error"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if line.startswith("listening on "):
                self.port = int(line.strip().rsplit(":", 1)[1])
                return
        raise RuntimeError("the server did not start")

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def post(self, path, body, media="application/json"):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        request = urllib.request.Request(self.url(path), data, {"Content-Type": media})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers

    def get(self, path):
        with urllib.request.urlopen(self.url(path)) as answer:
            return json.loads(answer.read())

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.process.stdout.close()
        self.directory.cleanup()


server = None


def setUpModule():
    global server
    server = Server()
    status, body, _ = server.post("/v1/sql", CREATE, "text/plain")
    assert status == 200, body
    lines = "\n".join(json.dumps(row) for row in ROWS)
    status, body, _ = server.post("/v1/tables/payments/events", lines, "application/x-ndjson")
    assert status == 200, body


def tearDownModule():
    server.stop()


class DatabaseAPI(unittest.TestCase):
    """pydruid's DB-API: it finds rows by counting braces and types by the first row."""

    def setUp(self):
        self.connection = connect(host="127.0.0.1", port=server.port, path="/druid/v2/sql/")
        self.cursor = self.connection.cursor()

    def tearDown(self):
        self.connection.close()

    def rows(self, sql, parameters=None):
        return [tuple(row) for row in self.cursor.execute(sql, parameters)]

    def test_rows_and_description(self):
        rows = self.rows(
            "SELECT __time, note, amount, share, flag, fee FROM payments ORDER BY amount LIMIT 2")
        self.assertEqual(rows[0], ("2026-09-01T00:30:00.000Z", "it's", 0, 0.0, True, 0.25))
        self.assertEqual(
            [(name, kind) for name, kind, *_ in self.cursor.description],
            [("__time", 1), ("note", 1), ("amount", 2), ("share", 2), ("flag", 3), ("fee", 2)])

    def test_backslashes_and_quotes_lose_no_row(self):
        rows = self.rows("SELECT note FROM payments ORDER BY amount")
        self.assertEqual([note for (note,) in rows], [row["note"] for row in ROWS])

    def test_arrays_and_json_are_texts(self):
        self.assertEqual(
            self.rows("SELECT coupons, attrs FROM payments WHERE amount = 3"),
            [('["a","b"]', '{"k":[3]}')])

    def test_parameters(self):
        rows = self.rows(
            "SELECT COUNT(*) AS n FROM payments WHERE note = %(note)s AND amount < %(most)s",
            {"note": "it's", "most": 20})
        self.assertEqual(rows, [(5,)])

    def test_header_gives_names_without_rows(self):
        cursor = connect(
            host="127.0.0.1", port=server.port, path="/druid/v2/sql/", header=True).cursor()
        self.assertEqual(list(cursor.execute("SELECT note, amount FROM payments WHERE 1 = 0")), [])
        self.assertEqual([column[0] for column in cursor.description], ["note", "amount"])

    def test_context(self):
        connection = connect(
            host="127.0.0.1", port=server.port, path="/druid/v2/sql/",
            context={"timeout": 10000, "sqlOuterLimit": 3, "useCache": False})
        self.assertEqual(len(list(connection.cursor().execute("SELECT * FROM payments"))), 3)

    def test_errors(self):
        with self.assertRaises(exceptions.ProgrammingError) as caught:
            self.rows("SELECT nothing FROM payments")
        self.assertIn("Plan validation failed (INVALID_INPUT): there is no column \"nothing\"",
                      str(caught.exception))

    def test_unfinished_cursors_do_not_hang_the_server(self):
        cursors = [connect(host="127.0.0.1", port=server.port).cursor() for _ in range(40)]
        for cursor in cursors:
            cursor.execute("SELECT a.note FROM payments a, payments b, payments c")
            self.assertIsNotNone(cursor.fetchone())
        self.assertEqual(self.rows("SELECT 1 AS a"), [(1,)])
        for cursor in cursors:
            cursor.close()


class SQLAlchemy(unittest.TestCase):
    """pydruid's dialect: it quotes every identifier and reads INFORMATION_SCHEMA."""

    def setUp(self):
        self.engine = create_engine(
            f"druid://127.0.0.1:{server.port}/druid/v2/sql/?header=true")
        self.table = Table("payments", MetaData(), autoload_with=self.engine)

    def tearDown(self):
        self.engine.dispose()

    def rows(self, statement):
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(statement)]

    def test_catalogue(self):
        inspector = inspect(self.engine)
        self.assertIn("payments", inspector.get_table_names())
        self.assertEqual(inspector.get_table_names("druid"), ["payments"])
        self.assertLessEqual({"druid", "sys"}, set(inspector.get_schema_names()))
        self.assertTrue(self.engine.dialect.has_table(self.engine.connect(), "payments"))
        self.assertFalse(self.engine.dialect.has_table(self.engine.connect(), "nothing"))
        columns = {column["name"]: column for column in inspector.get_columns("payments", "druid")}
        self.assertEqual(list(columns), list(self.table.columns.keys()))
        self.assertEqual(str(columns["event_time"]["type"]), "TIMESTAMP")
        self.assertEqual(str(columns["amount"]["type"]), "BIGINT")
        self.assertFalse(columns["event_id"]["nullable"])
        self.assertIsNone(columns["note"]["default"])
        self.assertEqual(inspector.get_view_names(), [])

    def test_grouped_select(self):
        columns = self.table.columns
        statement = (
            select([columns.currency, func.count().label("n"), func.sum(columns.amount)])
            .where(and_(columns.note == "it's", or_(columns.currency == "USD",
                                                    columns.currency == "EUR")))
            .group_by(columns.currency).order_by(columns.currency).limit(10))
        self.assertEqual(self.rows(statement), [("EUR", 4, 88), ("USD", 4, 72)])

    def test_times_and_nulls(self):
        columns = self.table.columns
        statement = select([columns.event_time]).where(columns.currency.is_(None)).limit(1)
        self.assertEqual(len(self.rows(statement)), 1)
        self.assertEqual(self.rows(select([func.count()]).where(columns.amount > 1000)), [(0,)])
        self.assertEqual(self.rows(text("SELECT 1")), [(1,)])


SUPERSET = [
    ("SELECT currency AS currency, SUM(amount) AS mme_inner__ FROM druid.payments "
     "WHERE __time >= TIME_PARSE('2026-09-01T00:00:00') "
     "AND __time < TIME_PARSE('2026-10-01T00:00:00') GROUP BY currency "
     "ORDER BY mme_inner__ DESC\nLIMIT 25", 3),
    ('SELECT TIME_FLOOR(CAST("__time" AS TIMESTAMP), \'P1D\') AS "__time", "currency" AS "currency", '
     'SUM("amount") AS "SUM(amount)" \nFROM "druid"."payments" \n'
     'WHERE "__time" >= \'2026-09-01 00:00:00.000000\' AND "__time" < \'2026-11-01 00:00:00.000000\' '
     'AND ("currency" = \'USD\' OR "currency" = \'EUR\') '
     'GROUP BY TIME_FLOOR(CAST("__time" AS TIMESTAMP), \'P1D\'), "currency" '
     'ORDER BY "SUM(amount)" DESC\n LIMIT 10000', 2),
    ('SELECT "currency" AS "currency", COUNT(*) AS "count" FROM "payments" '
     'WHERE LOWER("note") LIKE LOWER(\'%IT%\') AND "flag" IS TRUE GROUP BY "currency" '
     'HAVING (SUM("amount") > 0) ORDER BY "count" DESC LIMIT 20\nOFFSET 0', 3),
    ("SELECT DISTINCT currency AS currency FROM druid.payments LIMIT 10000", 3),
    ('SELECT * FROM "druid"."payments" \nLIMIT 20\nOFFSET 20', 20),
    ("SELECT * FROM payments WHERE 1 = 0", 0),
    ("SELECT CURRENT_TIMESTAMP()", 1),
    ("SELECT TIME_SHIFT(TIME_FLOOR(TIME_SHIFT(CAST(__time AS TIMESTAMP), 'P1D', 1), 'P1W'), 'P1D', 5) "
     "AS week, COUNT(*) FROM payments GROUP BY 1", 1),
    ("SELECT TIME_SHIFT(TIME_FLOOR(TIME_SHIFT(CAST(__time AS TIMESTAMP), 'P1D', 1), 'P1W'), 'P1D', -1) "
     "AS week, COUNT(*) FROM payments GROUP BY 1", 1),
    ("SELECT MILLIS_TO_TIMESTAMP(amount * 1000) AS t FROM payments LIMIT 3", 3),
    ("SELECT COUNT(*) FROM payments WHERE __time >= CAST(TIME_PARSE('2026-09-02') AS DATE)", 1),
    ("SELECT MAX(__time) AS \"MAX(__time)\", MIN(__time) FROM payments;", 1),
    ("-- a comment\nSELECT DATE_TRUNC('day', __time), COUNT(DISTINCT currency) FROM payments "
     "GROUP BY 1 ORDER BY 1", 3),
    ("EXPLAIN PLAN FOR SELECT COUNT(*) FROM payments", 1),
    ("SELECT __time, amount FROM payments WHERE currency IN ('USD') ORDER BY __time ASC LIMIT 5", 5),
] + [
    (f"SELECT TIME_FLOOR(CAST(\"__time\" AS TIMESTAMP), '{grain}') AS t, COUNT(*) AS n "
     f"FROM druid.payments GROUP BY TIME_FLOOR(CAST(\"__time\" AS TIMESTAMP), '{grain}') "
     "ORDER BY n DESC LIMIT 1", 1)
    for grain in ("PT1S PT5S PT30S PT1M PT5M PT10M PT15M PT30M PT1H PT6H P1D P1W P1M P3M P1Y"
                  .split())
]


class Superset(unittest.TestCase):
    """Statements as Superset's logs show them, through the driver it uses."""

    def test_statements(self):
        connection = connect(
            host="127.0.0.1", port=server.port, path="/druid/v2/sql", header=True)
        for sql, count in SUPERSET:
            with self.subTest(sql=sql):
                rows = list(connection.cursor().execute(sql))
                if sql.startswith("EXPLAIN"):
                    self.assertGreaterEqual(len(rows), count)
                else:
                    self.assertEqual(len(rows), count)

    def test_columns_keep_their_order(self):
        cursor = connect(host="127.0.0.1", port=server.port, header=True).cursor()
        cursor.execute("SELECT note AS z, amount AS a, __time FROM payments LIMIT 1").fetchall()
        self.assertEqual([column[0] for column in cursor.description], ["z", "a", "__time"])


class Grafana(unittest.TestCase):
    """Requests as the Druid plug-in sends them."""

    def ask(self, sql):
        return server.post("/druid/v2/sql", {
            "queryType": "sql", "query": sql, "resultFormat": "array", "header": True,
            "context": {"grafana": {"panel": 1}}})

    def test_health(self):
        status = server.get("/status")
        self.assertTrue(status["version"])
        for figure in status["memory"].values():
            self.assertIsInstance(figure, int)
        self.assertTrue(server.get("/status/health"))

    def test_rows_and_times(self):
        status, body, headers = self.ask(
            "SELECT TIME_FLOOR(__time, 'P1D') AS time_day, SUM(amount) AS v FROM payments "
            "GROUP BY 1 ORDER BY 1")
        self.assertEqual(status, 200)
        self.assertEqual(headers["X-Druid-SQL-Header-Included"], "yes")
        rows = json.loads(body)
        self.assertEqual(rows[0], ["time_day", "v"])
        self.assertRegex(rows[1][0], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(len(rows), 4)

    def test_errors_are_not_asked_again(self):
        final = {"SQL parse failed", "Plan validation failed", "Unsupported operation",
                 "Query cancelled", "Unknown exception"}
        for sql in ["SELECT", "SELECT x FROM payments", "SELECT 1 / (amount - amount) FROM payments",
                    "WITH RECURSIVE r AS (SELECT 1) SELECT 1 FROM r"]:
            status, body, _ = self.ask(sql)
            self.assertNotEqual(status, 200)
            error = json.loads(body)
            self.assertIn(error["error"], final)
            self.assertTrue(error["errorMessage"])


if __name__ == "__main__":
    # pydruid is older than the SQLAlchemy it runs with, which says so at every step.
    warnings.simplefilter("ignore")
    PROGRAM = sys.argv[1]
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(verbosity=1, warnings="ignore").run(suite)
    failed = len({str(test) for test, _ in result.failures + result.errors})
    skipped = len(result.skipped)
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w") as results:
            results.write(f"{result.testsRun - failed - skipped} {failed} {skipped}\n")
    sys.exit(0 if result.wasSuccessful() else 1)
