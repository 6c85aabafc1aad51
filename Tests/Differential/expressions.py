"""Random scalar expressions in the dialect that Daybook and DuckDB share.

A piece of a statement is made once and written twice: where the two spell a thing differently,
`both` holds the two spellings.
"""

import random

from tables import KINDS, TAGS, TEXTS, TYPES


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


class Expressions:
    """Expressions over a scope: (kind, spelled name) of the columns in reach."""

    SCALARS = ["integer", "integer", "text", "text", "double", "time", "decimal", "boolean", "date"]
    # Of these kinds there are keys of groups and of order.
    LIKE = ["a%", "%b", "%a%", "_", "a_b", "ORD-0000%", "%1%", "", "%"]

    def __init__(self, seed):
        self.random = random.Random(seed)
        # Values of parameters; a statement takes them as they come.
        self.parameters = []
        self.uses_parameters = False

    def pick(self, *choices):
        return self.random.choice(choices)()

    def columns(self, alias):
        return [(kind, f"{alias}.{name}") for name, kind in KINDS.items()]

    def column(self, scope, kind):
        names = [name for found, name in scope if found == kind]
        return self.random.choice(names) if names else self.constant(kind)

    def constant(self, kind):
        r = self.random
        if r.random() < 0.05 and kind != "boolean":
            return f"CAST(NULL AS {TYPES[kind]})"
        if kind == "integer":
            number = r.choice([0, 1, 2, 3, 5, 10, 1000])
            return self.parameter(number, str(number))
        if kind == "double":
            return f"{r.randrange(0, 40) / 4:.2f}e0"
        if kind == "decimal":
            return f"{r.randrange(0, 9999) / 100:.2f}"
        if kind == "text":
            text = r.choice(TEXTS + ["ORD-00001", "ORD-00010"])
            return self.parameter(text, f"'{text}'")
        if kind == "time":
            return f"TIMESTAMP '2026-09-0{r.randrange(1, 5)} {r.randrange(24):02d}:00:00'"
        if kind == "date":
            return f"DATE '2026-0{r.randrange(1, 10)}-{r.randrange(1, 29):02d}'"
        return r.choice(["TRUE", "FALSE"])

    def parameter(self, value, text):
        """A constant, now and then as a parameter of Daybook's, by its number."""
        if not self.uses_parameters or self.random.random() < 0.5:
            return text
        self.parameters.append(value)
        return both(f"${len(self.parameters)}", text)

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
        return self.pick(*shared, *getattr(self, kind)(scope, sub))

    # What there is of each kind: `sub` makes a value of the kind, or of another.

    def integer(self, scope, sub):
        r = self.random
        return [
            lambda: join("(", sub(), r.choice([" + ", " - "]), sub(), ")"),
            lambda: join("(", sub(), " * ", self.constant("integer"), ")"),
            lambda: join("(", sub(), " % NULLIF(", sub(), ", 0))"),
            lambda: join("ABS(", sub(), ")"), lambda: join("(-", sub(), ")"),
            lambda: join("LENGTH(", sub("text"), ")"),
            lambda: join("EXTRACT(", r.choice(["HOUR", "DAY", "MONTH", "YEAR"]), " FROM ",
                         sub("time"), ")"),
            lambda: join("EXTRACT(", r.choice(["DAY", "MONTH", "YEAR"]), " FROM ", sub("date"),
                         ")"),
            lambda: join("GREATEST(", sub(), ", ", sub(), ")"),
            lambda: join("LEAST(", sub(), ", ", sub(), ")"),
            lambda: self.length(scope) if self.has(scope, "array") else sub(),
            lambda: self.path(scope, "n") if self.has(scope, "json") else sub()]

    def double(self, scope, sub):
        return [
            lambda: join("(", sub(), self.random.choice([" + ", " - ", " * "]), sub(), ")"),
            lambda: join("CAST(", sub("integer"), " AS DOUBLE)"),
            # Of whole numbers: means of others differ in their last digits, and so do orders by them.
            lambda: join("FLOOR(CAST(", sub("decimal"), " AS DOUBLE))"),
            lambda: join("FLOOR(", sub(), ")"), lambda: join("CEIL(", sub(), ")")]

    def decimal(self, scope, sub):
        return [
            lambda: join("ABS(", sub(), ")"), lambda: join("(-", sub(), ")"),
            lambda: join("CAST((", sub(), self.random.choice([" + ", " - "]), sub(),
                         ") AS DECIMAL(12, 2))"),
            lambda: join("GREATEST(", sub(), ", ", sub(), ")")]

    def text(self, scope, sub):
        start, count = self.random.randrange(1, 4), self.random.randrange(0, 4)
        return [
            lambda: join("UPPER(", sub(), ")"), lambda: join("LOWER(", sub(), ")"),
            lambda: join("SUBSTRING(", sub(), f", {start}, {count})"),
            lambda: join("(", sub(), " || ", sub(), ")"),
            lambda: join("REPLACE(", sub(), ", 'a', 'xy')"), lambda: join("TRIM(", sub(), ")"),
            lambda: join("LEFT(", sub(), f", {count})"), lambda: join("REVERSE(", sub(), ")"),
            lambda: join("CAST(", sub("integer"), " AS VARCHAR)"),
            lambda: self.path(scope, self.random.choice(["a", "o.p"]))
            if self.has(scope, "json") else sub()]

    def time(self, scope, sub):
        unit = self.random.choice(["hour", "day", "month", "year"])
        step = f"INTERVAL '{self.random.randrange(1, 30)}' HOUR"
        months = f"INTERVAL '{self.random.randrange(1, 14)}' MONTH"
        return [
            lambda: join(f"DATE_TRUNC('{unit}', ", sub(), ")"),
            lambda: join("(", sub(), f" + {step})"), lambda: join("(", sub(), f" - {step})"),
            lambda: join("(", sub(), f" + {months})"),
            lambda: join("CAST(", sub("date"), " AS TIMESTAMP)")]

    def date(self, scope, sub):
        days = f"INTERVAL '{self.random.randrange(1, 400)}' DAY"
        return [
            lambda: join("CAST(", sub("time"), " AS DATE)"),
            lambda: both(*join("CAST((", sub(), f" + {days}) AS DATE)"))]

    def boolean(self, scope, sub):
        return [lambda: self.truth(scope, 1)]

    def has(self, scope, kind):
        return any(found == kind for found, _ in scope)

    def length(self, scope):
        column = self.column(scope, "array")
        return both(f"ARRAY_LENGTH({column})", f"LEN({column})")

    def path(self, scope, path):
        """What a document holds at a path: a text, or of n a number."""
        column = self.column(scope, "json")
        spelled = self.random.choice([f"JSON_VALUE({column}, '$.{path}')", f"{column}.{path}"])
        pair = both(spelled, f"({column}->>'$.{path}')")
        return join("CAST(", pair, " AS BIGINT)") if path == "n" else pair

    # Conditions

    def truth(self, scope, depth):
        r = self.random
        kind = r.choice(["integer", "integer", "text", "double", "decimal", "time", "date"])
        value = lambda other=kind: self.value(scope, other, depth - 1)
        if depth <= 0:
            return self.comparison(value)
        choices = [
            lambda: self.comparison(value), lambda: self.comparison(value),
            lambda: join("(", self.truth(scope, depth - 1), r.choice([" AND ", " OR "]),
                         self.truth(scope, depth - 1), ")"),
            lambda: join("(NOT ", self.truth(scope, depth - 1), ")"),
            lambda: join("(", value(), r.choice([" IS NULL", " IS NOT NULL"]), ")"),
            lambda: join("(", value(), r.choice([" IN (", " NOT IN ("]),
                         comma([self.constant(kind) for _ in range(r.randrange(1, 4))]), "))"),
            lambda: join("(", value(), r.choice([" BETWEEN ", " NOT BETWEEN "]), value(), " AND ",
                         value(), ")"),
            lambda: join("(", value("text"), r.choice([" LIKE ", " NOT LIKE "]), "'",
                         r.choice(self.LIKE), "')"),
            lambda: join("(", value(), r.choice([" IS DISTINCT FROM ", " IS NOT DISTINCT FROM "]),
                         value(), ")"),
            lambda: join("(", self.column(scope, "boolean"),
                         r.choice([" IS TRUE", " IS NOT TRUE", " IS FALSE", " IS NOT FALSE"]), ")")]
        if self.has(scope, "array"):
            column, tag = self.column(scope, "array"), r.choice(TAGS)
            choices.append(lambda: both(
                f"ARRAY_CONTAINS({column}, '{tag}')", f"LIST_CONTAINS({column}, '{tag}')"))
        return self.pick(*choices)

    def comparison(self, value):
        sign = self.random.choice([" = ", " <> ", " < ", " <= ", " > ", " >= "])
        return join("(", value(), sign, value(), ")")
