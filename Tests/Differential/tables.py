"""Random tables for both, and how their rows get into Daybook: sealed, compacted, live, and summed
in rollups, by chance."""

import json
import random

TEXTS = ["", "a", "ab", "abc", "b", "ba", "B", "서울", "경기", "a%b", "a_b", "zz"]
TAGS = ["x", "y", "z", "", "서"]
PER_SET = 100  # Statements asked of a set of tables.
STEP = 3_600_000  # Milliseconds between two possible times.
FIRST = 1_788_188_400_000
KINDS = {
    "k": "text", "t": "time", "a": "integer", "b": "integer", "c": "integer", "s": "text",
    "u": "text", "d": "double", "m": "decimal", "f": "boolean", "e": "date", "j": "json",
    "g": "array"}
TYPES = {
    "text": "VARCHAR", "time": "TIMESTAMP", "integer": "BIGINT", "double": "DOUBLE",
    "decimal": "DECIMAL(12, 2)", "boolean": "BOOLEAN", "date": "DATE", "json": "JSON"}
ROLLUPS = [
    "TIME_FLOOR(t, 'PT1H'), s, COUNT(*), SUM(a), MIN(b), MAX(b), COUNT(b) GROUP BY 1, 2",
    "s, b, COUNT(*), SUM(m), SUM(c), MIN(m), MAX(m) GROUP BY 1, 2",
    "TIME_FLOOR(t, 'P1D'), f, e, COUNT(*), SUM(b), COUNT(a) GROUP BY 1, 2, 3"]


def document(rng):
    """A JSON document; what it holds of each path is a scalar or nothing."""
    found = {}
    if rng.random() < 0.8:
        found["a"] = rng.choice(TEXTS)
    if rng.random() < 0.7:
        found["n"] = rng.randrange(-9, 10)
    if rng.random() < 0.6:
        found["o"] = {"p": rng.choice(TAGS)} if rng.random() < 0.8 else {}
    return found


class Table:
    """A table's name and rows."""

    def __init__(self, rng, name, count):
        self.name = name
        nulls = {column: rng.choice([0, 0.05, 0.5]) for column in KINDS}
        wide = rng.choice([3, 50, 10**6])
        self.rows = []
        for number in range(count):
            row = {
                "k": f"{name}-{number:06d}", "t": FIRST + rng.randrange(96) * STEP,
                "a": rng.randrange(-wide, wide), "b": rng.randrange(-5, 6),
                "c": rng.choice([0, 1, -(2**40), 2**40, 7]), "s": rng.choice(TEXTS),
                "u": f"ORD-{rng.randrange(count):05d}", "d": rng.randrange(-40, 40) / 4,
                "m": rng.randrange(-9999, 9999) / 100, "f": rng.random() < 0.5,
                "e": f"2026-0{rng.randrange(1, 10)}-{rng.randrange(1, 29):02d}",
                "j": document(rng),
                "g": [rng.choice(TAGS) for _ in range(rng.randrange(4))]}
            for column, share in nulls.items():
                if column not in "kt" and rng.random() < share:
                    row[column] = None
            self.rows.append(row)

    def load(self, daybook, rng):
        """The rows in Daybook: some sealed and compacted, some live."""
        cluster = rng.choice(["", "CLUSTER BY (s)", "CLUSTER BY (u, a)"])
        lookup = rng.choice(["", "LOOKUP (u)"])
        columns = ", ".join(
            f"{name} {'VARCHAR ARRAY' if kind == 'array' else TYPES[kind]}"
            f"{' NOT NULL' if name in 'kt' else ''}" for name, kind in KINDS.items())
        daybook.sql(f"DROP TABLE IF EXISTS {self.name}")
        daybook.sql(f"CREATE TABLE {self.name} ({columns}, UNIQUE (k))"
                    f" TIMESTAMP (t) PARTITION BY DAY {cluster} {lookup}")
        for number, rollup in enumerate(rng.sample(ROLLUPS, rng.randrange(3))):
            daybook.sql(f"CREATE ROLLUP {self.name}_{number} ON {self.name} AS SELECT {rollup}")
        cuts = sorted(rng.randrange(len(self.rows) + 1) for _ in range(rng.randrange(4)))
        for start, end in zip([0] + cuts, cuts + [len(self.rows)]):
            if start < end:
                lines = "".join(json.dumps(row) + "\n" for row in self.rows[start:end])
                daybook.post(
                    f"/v1/tables/{self.name}/events", lines.encode(), "application/x-ndjson")
            if end < len(self.rows) or rng.random() < 0.5:
                daybook.post(f"/v1/tables/{self.name}:seal")
        if rng.random() < 0.5:
            daybook.post(f"/v1/tables/{self.name}:compact")

    def copy(self, peer):
        """The same rows in a connection of DuckDB."""
        columns = ", ".join(
            f"{name} {'VARCHAR[]' if kind == 'array' else TYPES[kind]}"
            for name, kind in KINDS.items())
        peer.execute(f"CREATE OR REPLACE TABLE {self.name} ({columns})")
        marks = ", ".join("epoch_ms(?)" if name == "t" else "?" for name in KINDS)
        if self.rows:
            peer.executemany(
                f"INSERT INTO {self.name} VALUES ({marks})",
                [[json.dumps(row[name]) if name == "j" and row[name] is not None else row[name]
                  for name in KINDS] for row in self.rows])

    def imitate(self, lite):
        """The columns that SQLite has types for, in a connection of it."""
        names = [name for name, kind in KINDS.items() if kind not in ("array", "json")]
        lite.execute(f"CREATE TABLE {self.name} ({', '.join(names)})")
        lite.executemany(
            f"INSERT INTO {self.name} VALUES ({', '.join('?' for _ in names)})",
            [[row[name] for name in names] for row in self.rows])


def prepare(daybook, seed, rows, peer=None):
    """The set of tables of a seed, in Daybook and in DuckDB."""
    rng = random.Random(seed)
    made = [Table(rng, name, rng.choice([0, 1, rows // 3, rows])) for name in ("r", "q")]
    for table in made:
        table.load(daybook, rng)
        if peer:
            table.copy(peer)
    return made
