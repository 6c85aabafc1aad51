"""Random tables, and random statements over them in the dialect that Daybook and DuckDB share.

A statement is made once and written twice: where the two spell a thing differently, `both` holds
the two spellings. What the dialects define differently is left out, and named in README.md.
"""

import random

TEXTS = ["", "a", "ab", "abc", "b", "ba", "B", "서울", "경기", "a%b", "a_b", "zz"]
STEP = 3_600_000  # Milliseconds between two possible times.


def both(daybook, duckdb):
    return (daybook, duckdb)


def join(*parts):
    """Pieces put together in both dialects."""
    pairs = [part if isinstance(part, tuple) else (part, part) for part in parts]
    return ("".join(pair[0] for pair in pairs), "".join(pair[1] for pair in pairs))


def comma(parts):
    result = []
    for part in parts:
        result += [", ", part] if result else [part]
    return join(*result)


class Table:
    """A table's columns, kinds and rows."""

    KINDS = {"k": "text", "t": "time", "a": "integer", "b": "integer", "c": "integer",
             "s": "text", "u": "text", "d": "double", "m": "decimal", "f": "boolean"}

    def __init__(self, random, name, count):
        self.name = name
        nulls = {column: random.choice([0, 0.05, 0.5]) for column in self.KINDS}
        wide = random.choice([3, 50, 10**6])
        self.rows = []
        for number in range(count):
            row = {
                "k": f"{name}-{number:06d}",
                "t": 1_788_188_400_000 + random.randrange(96) * STEP,
                "a": random.randrange(-wide, wide), "b": random.randrange(-5, 6),
                "c": random.choice([0, 1, -(2**40), 2**40, 7]),
                "s": random.choice(TEXTS), "u": f"ORD-{random.randrange(count):05d}",
                "d": random.randrange(-40, 40) / 4, "m": random.randrange(-9999, 9999) / 100,
                "f": random.random() < 0.5}
            for column, share in nulls.items():
                if column not in "kt" and random.random() < share:
                    row[column] = None
            self.rows.append(row)

    def create(self, random):
        cluster = random.choice(["", "CLUSTER BY (s)", "CLUSTER BY (u, a)"])
        lookup = random.choice(["", "LOOKUP (u)"])
        return both(
            f"CREATE TABLE {self.name} (k VARCHAR NOT NULL, t TIMESTAMP NOT NULL, a BIGINT,"
            " b BIGINT, c BIGINT, s VARCHAR, u VARCHAR, d DOUBLE, m DECIMAL(12, 2), f BOOLEAN,"
            f" UNIQUE (k)) TIMESTAMP (t) PARTITION BY DAY {cluster} {lookup}",
            f"CREATE TABLE {self.name} (k VARCHAR, t TIMESTAMP, a BIGINT, b BIGINT, c BIGINT,"
            " s VARCHAR, u VARCHAR, d DOUBLE, m DECIMAL(12, 2), f BOOLEAN)")


class Statements:
    """Statements over some tables; equal seeds give equal statements."""

    def __init__(self, seed, tables, features):
        self.random = random.Random(seed)
        self.tables = tables
        self.features = features

    def pick(self, *choices):
        return self.random.choice(choices)()

    # Scalars: `scope` holds (kind, spelled name) of the columns in reach.

    def column(self, scope, kind):
        names = [name for found, name in scope if found == kind]
        return self.random.choice(names) if names else self.constant(kind)

    def constant(self, kind):
        r = self.random
        if r.random() < 0.05 and kind != "boolean":
            sql = {"integer": "BIGINT", "double": "DOUBLE", "decimal": "DECIMAL(12, 2)",
                   "text": "VARCHAR", "time": "TIMESTAMP"}[kind]
            return f"CAST(NULL AS {sql})"
        if kind == "integer":
            return str(r.choice([0, 1, 2, 3, 5, 10, 1000]))
        if kind == "double":
            return f"{r.randrange(0, 40) / 4:.2f}e0"
        if kind == "decimal":
            return f"{r.randrange(0, 9999) / 100:.2f}"
        if kind == "text":
            return "'" + r.choice(TEXTS + ["ORD-00001", "ORD-00010"]) + "'"
        if kind == "time":
            return f"TIMESTAMP '2026-09-0{r.randrange(1, 5)} {r.randrange(24):02d}:00:00'"
        return r.choice(["TRUE", "FALSE"])

    def value(self, scope, kind, depth):
        if depth <= 0 or self.random.random() < 0.4:
            if self.random.random() < 0.75:
                return self.column(scope, kind)
            return self.constant(kind)
        sub = lambda other=kind: self.value(scope, other, depth - 1)
        case = lambda: join("CASE WHEN ", self.truth(scope, depth - 1), " THEN ", sub(),
                            " ELSE ", sub(), " END")
        shared = [case, lambda: join("COALESCE(", sub(), ", ", sub(), ")")]
        if kind != "boolean":
            shared.append(lambda: join("NULLIF(", sub(), ", ", sub(), ")"))
        if kind == "integer":
            return self.pick(
                *shared, lambda: join("(", sub(), self.random.choice([" + ", " - "]), sub(), ")"),
                lambda: join("(", sub(), " * ", self.constant("integer"), ")"),
                lambda: join("(", sub(), " % NULLIF(", sub(), ", 0))"),
                lambda: join("ABS(", sub(), ")"), lambda: join("(-", sub(), ")"),
                lambda: join("LENGTH(", sub("text"), ")"),
                lambda: join("EXTRACT(", self.random.choice(["HOUR", "DAY", "MINUTE"]), " FROM ",
                             sub("time"), ")"),
                lambda: join("GREATEST(", sub(), ", ", sub(), ")"))
        if kind == "double":
            return self.pick(
                *shared, lambda: join("(", sub(), self.random.choice([" + ", " - ", " * "]), sub(),
                                      ")"),
                lambda: join("CAST(", sub("integer"), " AS DOUBLE)"),
                lambda: join("FLOOR(", sub(), ")"))
        if kind == "decimal":
            return self.pick(*shared, lambda: join("ABS(", sub(), ")"))
        if kind == "text":
            return self.pick(
                *shared, lambda: join("UPPER(", sub(), ")"), lambda: join("LOWER(", sub(), ")"),
                lambda: join("SUBSTRING(", sub(), ", ", str(self.random.randrange(1, 4)), ", ",
                             str(self.random.randrange(0, 4)), ")"),
                lambda: join("(", sub(), " || ", sub(), ")"),
                lambda: join("REPLACE(", sub(), ", 'a', 'xy')"), lambda: join("TRIM(", sub(), ")"))
        if kind == "time":
            unit = self.random.choice(["hour", "day", "month"])
            return self.pick(
                *shared[:2], lambda: join(f"DATE_TRUNC('{unit}', ", sub(), ")"),
                lambda: join("(", sub(), " + INTERVAL '", str(self.random.randrange(1, 30)),
                             "' HOUR)"))
        return self.truth(scope, depth - 1)

    def truth(self, scope, depth):
        r = self.random
        kind = r.choice(["integer", "integer", "text", "double", "decimal", "time"])
        value = lambda other=kind: self.value(scope, other, depth - 1)
        if depth <= 0:
            return self.comparison(value, kind)
        return self.pick(
            lambda: self.comparison(value, kind), lambda: self.comparison(value, kind),
            lambda: join("(", self.truth(scope, depth - 1), r.choice([" AND ", " OR "]),
                         self.truth(scope, depth - 1), ")"),
            lambda: join("(NOT ", self.truth(scope, depth - 1), ")"),
            lambda: join("(", value(), r.choice([" IS NULL", " IS NOT NULL"]), ")"),
            lambda: join("(", value(), r.choice([" IN (", " NOT IN ("]),
                         comma([self.constant(kind) for _ in range(r.randrange(1, 4))]), "))"),
            lambda: join("(", value(), " BETWEEN ", value(), " AND ", value(), ")"),
            lambda: join("(", value("text"), r.choice([" LIKE ", " NOT LIKE "]), "'",
                         r.choice(["a%", "%b", "%a%", "_", "a_b", "ORD-0000%", "%1%", "", "%"]),
                         "')"),
            lambda: join("(", value(), " IS DISTINCT FROM ", value(), ")"),
            lambda: join("(", self.column(scope, "boolean"),
                         r.choice([" IS TRUE", " IS NOT TRUE", " IS FALSE"]), ")"))

    def comparison(self, value, kind):
        return join("(", value(), self.random.choice([" = ", " <> ", " < ", " <= ", " > ", " >= "]),
                    value(), ")")

    # Sources

    def scope(self, table, alias):
        return [(kind, f"{alias}.{name}") for name, kind in Table.KINDS.items()]

    def source(self, depth):
        """FROM's text and what is in reach."""
        r = self.random
        table, other = r.choice(self.tables), r.choice(self.tables)
        if "joins" in self.features and r.random() < 0.3:
            kind = r.choice(["JOIN", "LEFT JOIN", "JOIN", "RIGHT JOIN", "FULL JOIN"])
            left, right = self.scope(table, "x"), self.scope(other, "y")
            key = r.choice(["u", "s", "a", "k"])
            on = join(f"x.{key} = y.{key}")
            if kind in ("JOIN", "LEFT JOIN") and r.random() < 0.3:
                on = join(on, " AND ", self.truth(left + right, 1))
            return join(f"{table.name} AS x {kind} {other.name} AS y ON ", on), left + right
        if "derived" in self.features and depth > 0 and r.random() < 0.25:
            inner, kinds = self.select(depth - 1, ordered=False)
            return join("(", inner, ") AS x"), [
                (kind, f"x.c{place}") for place, kind in enumerate(kinds)]
        return join(f"{table.name} AS x"), self.scope(table, "x")

    # Statements

    def select(self, depth, ordered=True):
        """A statement's text, and the kinds of its columns, which are called c0, c1 ..."""
        r = self.random
        origin, scope = self.source(depth)
        where = join(" WHERE ", self.truth(scope, 3)) if r.random() < 0.6 else join("")
        kinds, items, group = [], [], join("")
        if r.random() < 0.6:
            keys = [self.value(scope, kind, 1) for kind in self.kinds(r.randrange(0, 4), kinds)]
            items = list(keys)
            for _ in range(r.randrange(1, 4)):
                kind, text = self.aggregate(scope)
                kinds.append(kind)
                items.append(text)
            if keys:
                group = join(" GROUP BY ", comma([str(place + 1) for place in range(len(keys))]))
                if r.random() < 0.25:
                    group = join(group, " HAVING COUNT(*) > ", str(r.randrange(3)))
            distinct = ""
        else:
            items = [self.value(scope, kind, 3) for kind in self.kinds(r.randrange(1, 4), kinds)]
            distinct = "DISTINCT " if r.random() < 0.3 else ""
        named = comma([join(item, f" AS c{place}") for place, item in enumerate(items)])
        text = join("SELECT ", distinct, named, " FROM ", origin, where, group)
        if ordered:
            text = join(text, self.order(len(items)))
        return text, kinds

    def kinds(self, count, kinds):
        chosen = [self.random.choice(
            ["integer", "integer", "text", "text", "double", "time", "decimal", "boolean"])
            for _ in range(count)]
        kinds += chosen
        return chosen

    def order(self, count):
        """Every column, so that equal rows alone may change places; sometimes a limit."""
        r = self.random
        places = list(range(1, count + 1))
        r.shuffle(places)
        keys = comma([
            f"{place} {r.choice(['ASC', 'DESC'])} NULLS {r.choice(['FIRST', 'LAST'])}"
            for place in places])
        limit = f" LIMIT {r.randrange(0, 30)}" if r.random() < 0.4 else ""
        if limit and r.random() < 0.3:
            limit += f" OFFSET {r.randrange(0, 10)}"
        return join(" ORDER BY ", keys, limit)

    def aggregate(self, scope):
        r = self.random
        kind = r.choice(["integer", "integer", "double", "decimal"])
        any_kind = r.choice(["integer", "text", "double", "time", "decimal"])
        choice = r.choice(["count", "count", "distinct", "sum", "sum", "extreme", "mean"])
        if choice == "count":
            inner = "*" if r.random() < 0.5 else self.value(scope, any_kind, 1)
            result = "integer", join("COUNT(", inner, ")")
        elif choice == "distinct":
            result = "integer", join("COUNT(DISTINCT ", self.value(scope, any_kind, 1), ")")
        elif choice == "sum":
            result = kind, join("SUM(", self.value(scope, kind, 1), ")")
        elif choice == "mean":
            result = "double", join("AVG(", self.value(scope, kind, 1), ")")
        else:
            result = any_kind, join(
                r.choice(["MIN(", "MAX("]), self.value(scope, any_kind, 1), ")")
        if r.random() < 0.2:
            result = result[0], join(
                result[1], " FILTER (WHERE ", self.truth(scope, 1), ")")
        return result

    def statement(self):
        return self.select(2)[0]
