"""The engines that Daybook is compared with: how each loads the events and answers a question.

Each runs in a process of its own (`Worker`), so that allocators and thread pools do not mix, with
as many threads as the machine has processors. All hold the events in the order of their times.
"""

import decimal
import json
import os
import shutil
import socket
import subprocess
import sys
import time

THREADS = os.cpu_count()

COLUMNS = {
    "event_id": "VARCHAR", "event_time": "BIGINT", "order_id": "VARCHAR",
    "payment_key": "VARCHAR", "merchant_id": "VARCHAR", "store_id": "VARCHAR",
    "customer_id": "VARCHAR", "event_type": "VARCHAR", "method": "VARCHAR",
    "card_issuer": "VARCHAR", "status": "VARCHAR", "region": "VARCHAR", "category": "VARCHAR",
    "currency": "VARCHAR", "channel": "VARCHAR", "coupon_ids": "VARCHAR[]",
    "is_test": "BOOLEAN", "amount": "BIGINT", "fee": "BIGINT", "tax": "BIGINT",
    "quantity": "INTEGER", "discount": "DOUBLE", "settle_date": "VARCHAR",
    "attrs": "STRUCT(device STRUCT(os VARCHAR, version VARCHAR), utm STRUCT(source VARCHAR),"
             " promo STRUCT(code VARCHAR))",
}
FEW_VALUES = [
    "merchant_id", "store_id", "event_type", "method", "card_issuer", "status", "region",
    "category", "currency", "channel", "settle_date"]
NULLABLE = {"card_issuer", "settle_date"}


def tree_bytes(path):
    """Bytes of a file or of everything below a directory."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(
        os.lstat(os.path.join(folder, name)).st_size
        for folder, _, names in os.walk(path) for name in names)


class DuckDB:
    """As it comes: every text a VARCHAR."""

    dialect = "duckdb"

    def __init__(self, home):
        self.home = home
        self.path = os.path.join(home, "duckdb.db")

    def connect(self, path, read_only=False):
        import duckdb
        self.connection = duckdb.connect(path, read_only=read_only)
        self.run(f"SET threads = {THREADS}")
        self.run("SET memory_limit = '8GB'")

    def load(self, rows):
        for path in (self.path, self.path + ".unordered"):
            if os.path.exists(path):
                os.remove(path)
        # Measured as what ingestion is: the text, in its order, made durable once at the end.
        self.connect(self.path + ".unordered")
        kinds = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
        started = time.perf_counter()
        self.run(
            f"CREATE TABLE ledger AS SELECT * FROM read_json('{self.home}/ledger.ndjson',"
            f" format = 'newline_delimited', columns = {{{kinds}}})")
        self.run("CHECKPOINT")
        seconds = time.perf_counter() - started
        self.run(
            f"COPY (SELECT * FROM ledger ORDER BY event_time) TO '{self.home}/ledger.parquet'"
            " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 250000)")
        self.connection.close()
        os.remove(self.path + ".unordered")
        self.connect(self.path)
        self.run(f"CREATE TABLE ledger AS SELECT * FROM '{self.home}/ledger.parquet'")
        self.run("CHECKPOINT")
        self.connection.close()
        return {"rows_per_second": rows / seconds, "bytes": tree_bytes(self.path)}

    def open(self):
        self.connect(self.path, read_only=True)

    def run(self, sql):
        return self.connection.execute(sql).fetchall()


class DuckDBEnum(DuckDB):
    """Tuned: columns of few values as ENUM types, whose values must be known beforehand."""

    def __init__(self, home):
        super().__init__(home)
        self.path = os.path.join(home, "duckdb_enum.db")

    def load(self, rows):
        if os.path.exists(self.path):
            os.remove(self.path)
        self.connect(self.path)
        self.run(f"CREATE VIEW source AS SELECT * FROM '{self.home}/ledger.parquet'")
        for name in FEW_VALUES:
            self.run(
                f"CREATE TYPE {name}_value AS ENUM (SELECT DISTINCT {name} FROM source"
                f" WHERE {name} IS NOT NULL ORDER BY 1)")
        typed = ", ".join(f"{name}::{name}_value AS {name}" for name in FEW_VALUES)
        self.run(f"CREATE TABLE ledger AS SELECT * REPLACE ({typed}) FROM source")
        self.run("DROP VIEW source")
        self.run("CHECKPOINT")
        self.connection.close()
        return {"bytes": tree_bytes(self.path)}


class ClickHouse:
    """ClickHouse as a library (chDB), LZ4, the better of its types for texts of few values."""

    dialect = "clickhouse"
    directory = "chdb"
    # 20,000 merchants overflow the dictionary of a LowCardinality.
    many_values = {"merchant_id"}
    settings = " SETTINGS default_compression_codec = 'LZ4'"

    def __init__(self, home):
        self.home = home
        self.path = os.path.join(home, self.directory)

    def open(self):
        from chdb import session
        self.session = session.Session(self.path)
        for setting in (
                f"max_threads = {THREADS}", f"max_insert_threads = {THREADS}",
                "use_query_condition_cache = 0", "use_query_cache = 0", "enable_json_type = 1",
                "output_format_json_quote_64bit_integers = 0"):
            self.session.query(f"SET {setting}")

    def load(self, rows):
        shutil.rmtree(self.path, ignore_errors=True)
        self.open()
        plain = {
            "VARCHAR": "String", "BIGINT": "Int64", "INTEGER": "Int32", "DOUBLE": "Float64",
            "BOOLEAN": "Bool", "VARCHAR[]": "Array(String)"}

        def kind(name):
            if name == "attrs":
                return "JSON"
            if name in NULLABLE:
                return "LowCardinality(Nullable(String))"
            if name in FEW_VALUES and name not in self.many_values:
                return "LowCardinality(String)"
            return plain[COLUMNS[name]]
        columns = ", ".join(f"{name} {kind(name)}" for name in COLUMNS)
        self.session.query(
            f"CREATE TABLE ledger ({columns}) ENGINE = MergeTree ORDER BY event_time"
            + self.settings)
        started = time.perf_counter()
        self.session.query(
            f"INSERT INTO ledger SELECT * FROM"
            f" file('{self.home}/ledger.ndjson', 'JSONEachRow', '{columns}')")
        seconds = time.perf_counter() - started
        self.session.query("OPTIMIZE TABLE ledger FINAL")
        size = self.run(
            "SELECT sum(bytes_on_disk) FROM system.parts WHERE table = 'ledger' AND active")
        self.session.close()
        return {"rows_per_second": rows / seconds, "bytes": int(size[0][0])}

    def run(self, sql):
        answer = bytes(self.session.query(sql, "JSONCompactEachRow").bytes())
        return [json.loads(line) for line in answer.split(b"\n") if line]


class ClickHousePlain(ClickHouse):
    """The same with its own choice of codec, as a stranger would set it up."""

    directory = "chdb_plain"
    many_values = set()
    settings = ""


class Polars:
    """Over the Parquet file, streaming."""

    dialect = "polars"

    def __init__(self, home):
        self.home = home

    def load(self, rows):
        return {"bytes": tree_bytes(f"{self.home}/ledger.parquet")}

    def open(self):
        os.environ["POLARS_MAX_THREADS"] = str(THREADS)
        import polars
        self.context = polars.SQLContext(
            ledger=polars.scan_parquet(f"{self.home}/ledger.parquet"))

    def run(self, sql):
        return self.context.execute(sql, eager=False).collect(engine="streaming").rows()


class DataFusion:
    """Over the Parquet file, filters pushed down."""

    dialect = "datafusion"

    def __init__(self, home):
        self.home = home

    def load(self, rows):
        return {"bytes": tree_bytes(f"{self.home}/ledger.parquet")}

    def open(self):
        from datafusion import SessionConfig, SessionContext
        settings = SessionConfig().with_target_partitions(THREADS)
        settings = settings.set("datafusion.execution.parquet.pushdown_filters", "true")
        self.context = SessionContext(settings)
        self.context.register_parquet("ledger", f"{self.home}/ledger.parquet")

    def run(self, sql):
        rows = []
        for batch in self.context.sql(sql).collect():
            rows.extend(zip(*[column.to_pylist() for column in batch.columns]))
        return rows


class PostgreSQL:
    """Debian's, B-trees on every id and on merchant and time; the server is `servers.py`'s."""

    dialect = "postgres"

    def __init__(self, home):
        self.home = home

    def connect(self):
        import psycopg
        self.connection = psycopg.connect(
            host=f"{self.home}/postgres-socket", user="postgres", dbname="postgres",
            autocommit=True)

    def load(self, rows):
        import duckdb
        plain = {
            "VARCHAR": "text", "BIGINT": "bigint", "INTEGER": "integer",
            "DOUBLE": "double precision", "BOOLEAN": "boolean", "VARCHAR[]": "text[]"}
        special = {
            "coupon_ids": "'{' || array_to_string(coupon_ids, ',') || '}'",
            "attrs": "CASE WHEN attrs.promo IS NULL THEN"
                     " to_json({'device': attrs.device, 'utm': attrs.utm})"
                     " ELSE to_json(attrs) END::VARCHAR"}
        chosen = ", ".join(special.get(name, name) for name in COLUMNS)
        text = f"{self.home}/ledger.csv"
        duckdb.sql(
            f"COPY (SELECT {chosen} FROM '{self.home}/ledger.parquet') TO '{text}'"
            " (FORMAT csv, HEADER false)")
        self.connect()
        columns = ", ".join(
            f"{name} {plain.get(kind, 'jsonb')}" for name, kind in COLUMNS.items())
        self.run("DROP TABLE IF EXISTS ledger")
        self.run(f"CREATE TABLE ledger ({columns})")
        with self.connection.cursor() as cursor, open(text, "rb") as file:
            with cursor.copy("COPY ledger FROM STDIN (FORMAT csv)") as copy:
                while block := file.read(1 << 20):
                    copy.write(block)
        os.remove(text)
        for key in ("event_id", "order_id", "payment_key", "merchant_id, event_time",
                    "event_time"):
            self.run(f"CREATE INDEX ON ledger ({key})")
        self.run("VACUUM (ANALYZE) ledger")
        size = self.run("SELECT pg_total_relation_size('ledger')")[0][0]
        self.connection.close()
        return {"bytes": size}

    def open(self):
        self.connect()

    def run(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []


class Daybook:
    """Over HTTP, one kept connection; times are the client's.

    Heads are read here: `http.client` takes 0.2 ms for one when the caches are cold, where the
    other engines' drivers are C.
    """

    dialect = "daybook"

    def __init__(self, home):
        self.port = int(open(f"{home}/daybook.port").read())

    def open(self):
        self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=600)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.connection.makefile("rb")

    def run(self, sql):
        body = json.dumps({"query": sql, "resultFormat": "array"}).encode()
        self.connection.sendall(
            b"POST /v1/sql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body) + body)
        status = int(self.answers.readline().split()[1])
        answer = self.body(dict(self.fields()))
        if status != 200:
            raise RuntimeError(answer.decode()[:500])
        return json.loads(answer)

    def fields(self):
        """Header fields or trailers, names in lower case, up to the empty line."""
        while line := self.answers.readline().strip():
            name, _, value = line.partition(b":")
            yield name.lower(), value.strip()

    def body(self, fields):
        """The answer's body, as long as it says or in chunks."""
        if b"content-length" in fields:
            return self.answers.read(int(fields[b"content-length"]))
        chunks = []
        while size := int(self.answers.readline(), 16):
            chunks.append(self.answers.read(size))
            self.answers.readline()
        trailers = dict(self.fields())
        if trailers.get(b"x-daybook-complete") != b"true":
            raise RuntimeError("the answer is not complete")
        return b"".join(chunks)


ENGINES = {
    "daybook": Daybook, "duckdb": DuckDB, "duckdb_enum": DuckDBEnum, "clickhouse": ClickHouse,
    "clickhouse_plain": ClickHousePlain, "postgres": PostgreSQL, "polars": Polars, "datafusion": DataFusion}


def plain(value):
    """A value as JSON has it."""
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def serve(name, home):
    """Answers requests, one JSON document a line, until the input ends."""
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # What engines print must not get between the answers.
    engine = ENGINES[name](home)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "load":
                answer = engine.load(request["rows"])
            elif request["do"] == "open":
                engine.open()
                answer = {}
            else:
                started = time.perf_counter()
                rows = engine.run(request["sql"])
                answer = {"seconds": time.perf_counter() - started, "rows": plain(rows)}
        except BaseException as error:  # Some engines' panics are no Exception.
            answer = {"error": f"{type(error).__name__}: {error}"[:500]}
        print(json.dumps(answer), file=output, flush=True)


class Worker:
    """An engine in its own process."""

    def __init__(self, name, home):
        self.name = name
        self.log = open(f"{home}/{name}.log", "a")
        environment = dict(os.environ, POLARS_MAX_THREADS=str(THREADS))
        self.process = subprocess.Popen(
            [sys.executable, __file__, name, home], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment)

    def ask(self, **request):
        """The engine's answer; an `error` where it has none."""
        try:
            print(json.dumps(request), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else {"error": "the engine's process ended"}

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.log.close()


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
