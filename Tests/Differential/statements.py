"""Random statements over some tables, in the dialect that Daybook and DuckDB share.

What the dialects define differently is left out, and named in README.md.
"""

from expressions import Expressions, both, comma, join
from tables import KINDS, TYPES

KEYS = ["u", "s", "a", "k", "b", "e"]  # What tables are joined by.


class Statements(Expressions):
    """Equal seeds and tables give equal statements."""

    def __init__(self, seed, tables):
        super().__init__(seed)
        self.tables = tables
        self.named = []  # Names of WITH, with the kinds of their columns.

    def statement(self):
        """A statement in both spellings, and the parameters of Daybook's."""
        r = self.random
        self.parameters, self.named = [], []
        self.uses_parameters = r.random() < 0.1
        return self.pick(
            *[lambda: self.select(2)[0]] * 5, lambda: self.common(), lambda: self.common(),
            lambda: self.combined(), lambda: self.grouping(), lambda: self.windows(),
            lambda: self.windows(), lambda: self.first(), lambda: self.unnested()
        ), self.parameters

    # Sources

    def source(self, depth):
        """FROM's text and what is in reach."""
        r = self.random
        table, other = r.choice(self.tables), r.choice(self.tables)
        if r.random() < 0.3:
            return self.joined(table, other, depth)
        if self.named and r.random() < 0.6:
            name, kinds = r.choice(self.named)
            return join(f"{name} AS x"), self.results("x", kinds)
        if depth > 0 and r.random() < 0.25:
            inner, kinds = self.select(depth - 1, ordered=False)
            return join("(", inner, ") AS x"), self.results("x", kinds)
        return join(f"{table.name} AS x"), self.columns("x")

    def results(self, alias, kinds):
        return [(kind, f"{alias}.c{place}") for place, kind in enumerate(kinds)]

    def joined(self, table, other, depth):
        r = self.random
        kind = r.choice(["JOIN", "LEFT JOIN", "JOIN", "RIGHT JOIN", "FULL JOIN"])
        left, right = self.columns("x"), self.columns("y")
        key = r.choice(KEYS)
        on = join(f"x.{key} = y.{key}")
        # DuckDB's LEFT JOIN is wrong for some conditions on the right side alone.
        if kind == "JOIN" and r.random() < 0.3:
            on = join(on, " AND ", self.truth(left + right, 1))
        text = join(f"{table.name} AS x {kind} {other.name} AS y ON ", on)
        scope = left + right
        if r.random() < 0.25:
            third = r.choice(self.tables)
            key, of = r.choice(KEYS), r.choice("xy")
            kind = r.choice(["JOIN", "LEFT JOIN"])
            text = join(text, f" {kind} {third.name} AS z ON {of}.{key} = z.{key}")
            scope = scope + self.columns("z")
        return text, scope

    # Conditions with queries in them

    def condition(self, scope):
        r = self.random
        if r.random() < 0.75:
            return self.truth(scope, 3)
        part = self.subquery(scope)
        if r.random() < 0.5:
            part = join(part, r.choice([" AND ", " OR "]), self.truth(scope, 1))
        return part

    def subquery(self, scope):
        r = self.random
        table = r.choice(self.tables)
        inner = self.columns("i")
        kind = r.choice(["integer", "text", "date"])
        where = self.truth(inner, 1)
        outer = [name for found, name in scope if found == kind]
        own = [name for found, name in inner if found == kind]
        correlated = join(where, f" AND {r.choice(own)} = {r.choice(outer)}") if outer else where
        choices = [
            lambda: join("(", self.value(scope, kind, 1), r.choice([" IN ", " NOT IN "]),
                         f"(SELECT {r.choice(own)} FROM {table.name} AS i WHERE ", where, "))"),
            lambda: join(r.choice(["", "NOT "]), f"EXISTS (SELECT 1 FROM {table.name} AS i WHERE ",
                         correlated, ")"),
            lambda: join("(", self.value(scope, "integer", 1), r.choice([" < ", " >= ", " = "]),
                         "(SELECT ", r.choice(["MAX(i.a)", "COUNT(*)", "MIN(i.b)", "COUNT(i.c)"]),
                         f" FROM {table.name} AS i WHERE ", correlated, "))")]
        return self.pick(*choices)

    # Statements

    def select(self, depth, ordered=True, kinds=None):
        """A statement's text, and the kinds of its columns, which are called c0, c1 ..."""
        r = self.random
        origin, scope = self.source(depth)
        where = join(" WHERE ", self.condition(scope)) if r.random() < 0.6 else join("")
        group = join("")
        if kinds is None and r.random() < 0.6:
            items, kinds, group = self.groups(scope)
            distinct = ""
        else:
            kinds = kinds or self.kinds(r.randrange(1, 4))
            items = [self.value(scope, kind, 3) for kind in kinds]
            distinct = "DISTINCT " if r.random() < 0.3 else ""
        text = join("SELECT ", distinct, self.named_items(items), " FROM ", origin, where, group)
        if ordered:
            text = join(text, self.order(len(items)))
        return text, kinds

    def named_items(self, items):
        return comma([join(item, f" AS c{place}") for place, item in enumerate(items)])

    def groups(self, scope):
        r = self.random
        kinds = self.kinds(r.randrange(0, 4))
        items = [self.value(scope, kind, 1) for kind in kinds]
        count = len(items)
        for _ in range(r.randrange(1, 4)):
            kind, text = self.aggregate(scope)
            kinds.append(kind)
            items.append(text)
        if not count:
            return items, kinds, join("")
        by = ", ".join(str(place + 1) for place in range(count))
        # Where all items are constants in the end, DuckDB's ALL makes one group even of no rows.
        columns = [name for _, name in scope]
        if any(item in columns for item in items[:count]) and r.random() < 0.5:
            by = "ALL"
        group = join(f" GROUP BY {by}")
        if r.random() < 0.25:
            group = join(group, " HAVING ", r.choice([
                f"COUNT(*) > {r.randrange(3)}", "SUM(1) < 5",
                "COUNT(*) BETWEEN 2 AND 9 OR COUNT(*) > 20"]))
        return items, kinds, group

    def kinds(self, count):
        return [self.random.choice(self.SCALARS) for _ in range(count)]

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
        any_kind = r.choice(["integer", "text", "double", "time", "decimal", "date"])
        choice = r.choice(["count", "count", "distinct", "sum", "sum", "extreme", "mean", "once"])
        if choice == "count":
            inner = "*" if r.random() < 0.5 else self.value(scope, any_kind, 1)
            result = "integer", join("COUNT(", inner, ")")
        elif choice == "distinct":
            result = "integer", join("COUNT(DISTINCT ", self.value(scope, any_kind, 1), ")")
        elif choice == "sum":
            result = kind, join("SUM(", self.value(scope, kind, 1), ")")
        elif choice == "once":
            result = kind, join("SUM(DISTINCT ", self.value(scope, kind, 1), ")")
        elif choice == "mean":
            result = "double", join("AVG(", self.value(scope, kind, 1), ")")
        else:
            result = any_kind, join(
                r.choice(["MIN(", "MAX("]), self.value(scope, any_kind, 1), ")")
        if r.random() < 0.2:
            result = result[0], join(result[1], " FILTER (WHERE ", self.truth(scope, 1), ")")
        return result

    # Kinds of statements of their own

    def common(self):
        """WITH: names that are used once or more."""
        parts = []
        for number in range(self.random.randrange(1, 3)):
            inner, kinds = self.select(1, ordered=False)
            parts.append(join(f"w{number} AS (", inner, ")"))
            self.named.append((f"w{number}", kinds))
        return join("WITH ", comma(parts), " ", self.select(1)[0])

    def combined(self):
        r = self.random
        kinds = self.kinds(r.randrange(1, 3))
        text = self.select(1, ordered=False, kinds=kinds)[0]
        for _ in range(r.randrange(1, 3)):
            word = r.choice(["UNION ALL", "UNION", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL"])
            text = join(text, f" {word} ", self.select(1, ordered=False, kinds=kinds)[0])
        return join(text, self.order(len(kinds)))

    def grouping(self):
        """ROLLUP, CUBE and GROUPING SETS over plain columns."""
        r = self.random
        table = r.choice(self.tables)
        keys = r.sample(["x.s", "x.b", "x.f", "x.e"], r.randrange(1, 4))
        sets = [r.sample(keys, r.randrange(0, len(keys) + 1)) for _ in range(r.randrange(1, 4))]
        by = r.choice([
            f"ROLLUP ({', '.join(keys)})", f"CUBE ({', '.join(keys)})",
            f"GROUPING SETS ({', '.join('(' + ', '.join(keys) + ')' for keys in sets)})"])
        if by.startswith("GROUPING SETS"):
            keys = [key for key in keys if any(key in some for some in sets)]
        scope = self.columns("x")
        items = keys + ([f"GROUPING({', '.join(keys)})"] if keys else [])
        items += [self.aggregate(scope)[1] for _ in range(r.randrange(1, 3))]
        where = join(" WHERE ", self.truth(scope, 2)) if r.random() < 0.5 else ""
        return join("SELECT ", self.named_items(items), f" FROM {table.name} AS x", where,
                    f" GROUP BY {by}", self.order(len(items)))

    def windows(self):
        """Window functions; the unique key makes the order of rows one."""
        r = self.random
        table = r.choice(self.tables)
        scope = self.columns("x")
        items = ["x.k"] + [self.window(scope) for _ in range(r.randrange(1, 3))]
        where = join(" WHERE ", self.truth(scope, 2)) if r.random() < 0.4 else join("")
        qualify = ""
        if r.random() < 0.25:
            qualify = (f" QUALIFY ROW_NUMBER() OVER (PARTITION BY x.{r.choice('sbf')}"
                       f" ORDER BY x.{r.choice('abe')} NULLS FIRST, x.k) <= {r.randrange(1, 4)}")
        return join("SELECT ", self.named_items(items), f" FROM {table.name} AS x", where, qualify,
                    self.order(len(items)))

    def window(self, scope):
        r = self.random
        partition = f"PARTITION BY x.{r.choice('sbfe')} " if r.random() < 0.7 else ""
        direction = f"{r.choice(['ASC', 'DESC'])} NULLS {r.choice(['FIRST', 'LAST'])}"
        kind = r.choice(["integer", "text", "date"])
        value = lambda: self.value(scope, kind, 1)
        key = f"ORDER BY x.{r.choice('abcsde')} {direction}"
        number = lambda: self.value(scope, r.choice(["integer", "decimal"]), 1)
        call, over = self.pick(
            lambda: (join(r.choice(["ROW_NUMBER()", "NTILE(3)"])), f"{key}, x.k"),
            lambda: (join(r.choice(["RANK()", "DENSE_RANK()", "PERCENT_RANK()", "CUME_DIST()"])),
                     key),
            lambda: (join(r.choice(["LAG(", "LEAD("]), value(), f", {r.randrange(3)})"),
                     f"{key}, x.k"),
            lambda: (join(r.choice(["FIRST_VALUE(", "LAST_VALUE("]), value(), ")"),
                     f"{key}, x.k {self.rows()}"),
            lambda: (join(r.choice(["SUM(", "MIN(", "MAX(", "COUNT("]), number(), ")"),
                     f"{key}, x.k {self.rows()}"),
            lambda: (join(r.choice(["SUM(", "COUNT(", "MIN("]), number(), ")"), key),
            lambda: (join(r.choice(["SUM(", "COUNT(", "MAX("]), number(), ")"),
                     self.range(direction)),
            lambda: (join(r.choice(["SUM(", "COUNT(", "MAX(", "AVG("]), number(), ")"), ""))
        return join(call, f" OVER ({partition}{over})")

    def rows(self):
        return self.random.choice([
            "", "ROWS UNBOUNDED PRECEDING", "ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
            "ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", "ROWS BETWEEN 2 FOLLOWING AND 4 FOLLOWING",
            "ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
            "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"])

    def range(self, direction):
        """A frame of values around the row's own."""
        step = self.random.choice([0, 1, 3])
        if self.random.random() < 0.5:
            return (f"ORDER BY x.b {direction} RANGE BETWEEN {step} PRECEDING AND {step}"
                    " FOLLOWING")
        return (f"ORDER BY x.t {direction} RANGE BETWEEN INTERVAL '{step * 5}' HOUR PRECEDING AND"
                " CURRENT ROW")

    def first(self):
        """DISTINCT ON: the first row of each key."""
        r = self.random
        table = r.choice(self.tables)
        key = r.choice(["x.s", "x.b", "x.f", "x.e", "x.s, x.b"])
        kinds = self.kinds(r.randrange(1, 3))
        items = key.split(", ") + [self.value(self.columns("x"), kind, 1) for kind in kinds]
        order = ", ".join(
            f"{part} {r.choice(['ASC', 'DESC'])} NULLS {r.choice(['FIRST', 'LAST'])}"
            for part in key.split(", ") + ["x.t", "x.k"])
        return join(f"SELECT DISTINCT ON ({key}) ", self.named_items(items),
                    f" FROM {table.name} AS x ORDER BY {order}")

    def unnested(self):
        """Rows of elements of arrays."""
        r = self.random
        table = r.choice(self.tables)
        scope = self.columns("x") + [("text", "e.v"), ("text", "e.v")]
        kind = r.choice(["CROSS JOIN UNNEST(x.g) AS e (v)", ", UNNEST(x.g) AS e (v)",
                         "LEFT JOIN UNNEST(x.g) AS e (v) ON TRUE"])
        where = join(" WHERE ", self.truth(scope, 2)) if r.random() < 0.5 else join("")
        items = ["e.v", join("COUNT(*)"), self.aggregate(scope)[1]]
        return join("SELECT ", self.named_items(items), f" FROM {table.name} AS x {kind}", where,
                    " GROUP BY 1", self.order(len(items)))
