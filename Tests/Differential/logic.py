#!/usr/bin/env python3
"""Asks Daybook what has to agree with itself, over segments, rollups and live rows mixed.

    Tests/Differential/logic.py --statements 20000 --seed 1

* Ternary logic partitioning: a condition is true, false or NULL of each row, so that the rows of
  three statements are together those of one without it; the same for groups and aggregates.
* NoREC: as many rows pass a WHERE as there are rows for which its condition, selected, is true.

A contradiction prints seed and statements, and the exit status is 1.
"""

import argparse
import collections
import decimal
import math
import sys
import tempfile

import server
import tables
from expressions import join
from statements import Statements


class Unanswered(Exception):
    """A value beyond its type, or a division by zero: nothing to compare."""


class Oracles(Statements):
    """Makes statements that belong together and says what contradicts what."""

    def __init__(self, seed, tables, daybook):
        super().__init__(seed, tables)
        self.daybook = daybook
        self.asked = []

    def rows(self, text):
        text = text[0] if isinstance(text, tuple) else text
        self.asked.append(text)
        try:
            return self.daybook.sql(text)
        except server.Refused as error:
            if server.BEYOND.search(str(error)):
                raise Unanswered from None
            raise

    def check(self):
        """A contradiction as text, or None."""
        self.asked = []
        source, scope = self.source(1)
        condition = self.condition(scope)
        oracle = self.random.choice([
            self.where, self.where, self.distinct, self.groups_of, self.aggregates, self.having,
            self.no_rewriting, self.no_rewriting, self.no_rewriting])
        return oracle(source, scope, condition)

    def parts(self, condition):
        """The condition's three cases."""
        return [condition, join("NOT (", condition, ")"), join("(", condition, ") IS NULL")]

    def plain(self, scope):
        return [self.value(scope, kind, 1) for kind in self.kinds(self.random.randrange(1, 4))]

    def where(self, source, scope, condition):
        head = join("SELECT ", self.named_items(self.plain(scope)), " FROM ", source)
        parts = [join(head, " WHERE ", part) for part in self.parts(condition)]
        if self.random.random() < 0.3:
            found = self.rows(join(parts[0], " UNION ALL ", parts[1], " UNION ALL ", parts[2]))
        else:
            found = sum(map(self.rows, parts), [])
        return self.different(self.rows(head), found)

    def distinct(self, source, scope, condition):
        head = join("SELECT DISTINCT ", self.named_items(self.plain(scope)), " FROM ", source)
        parts = [join(head, " WHERE ", part) for part in self.parts(condition)]
        found = self.rows(join(parts[0], " UNION ", parts[1], " UNION ", parts[2]))
        return self.different(self.rows(head), found)

    def groups_of(self, source, scope, condition):
        items = self.plain(scope)
        head = join("SELECT ", self.named_items(items), " FROM ", source)
        tail = " GROUP BY " + ", ".join(str(place + 1) for place in range(len(items)))
        found = sum(
            (self.rows(join(head, " WHERE ", part, tail)) for part in self.parts(condition)), [])
        unique = {repr(row): row for row in found}
        return self.different(self.rows(join(head, tail)), list(unique.values()))

    def having(self, source, scope, condition):
        items, _, group = self.groups(scope)
        if "HAVING" in group[0]:
            group = tuple(text[:text.index(" HAVING")] for text in group)
        kind, value = self.aggregate(scope)
        asked = join(value, f" {self.random.choice(['<', '>=', '<>'])} ", self.constant(kind))
        head = join("SELECT ", self.named_items(items), " FROM ", source, group)
        found = sum(
            (self.rows(join(head, " HAVING ", part)) for part in self.parts(asked)), [])
        return self.different(self.rows(head), found)

    def aggregates(self, source, scope, condition):
        """COUNT and SUM add up, MIN and MAX are those of the parts'."""
        kind = self.random.choice(["integer", "decimal"])
        value = self.value(scope, kind, 1)
        head = join("SELECT COUNT(*), COUNT(", value, "), SUM(", value, "), MIN(", value,
                    "), MAX(", value, ") FROM ", source)
        whole = self.rows(head)[0]
        parts = [self.rows(join(head, " WHERE ", part))[0] for part in self.parts(condition)]
        found = []
        for place, combine in enumerate([sum, sum, sum, min, max]):
            values = [part[place] for part in parts if part[place] is not None]
            found.append(combine(values) if values else None)
        return self.different([whole], [found])

    def no_rewriting(self, source, scope, condition):
        counted = self.rows(join("SELECT COUNT(*) FROM ", source, " WHERE ", condition))
        selected = self.rows(join("SELECT (", condition, ") AS c0 FROM ", source))
        count = sum(1 for row in selected if row[0] is True)
        return self.different(counted, [[count]])

    def different(self, whole, parts):
        """Whether rows differ, whatever their order."""
        one, other = (collections.Counter(map(key, rows)) for rows in (whole, parts))
        if one == other:
            return None
        return (f"{len(whole)} rows, their parts {len(parts)}; only in one:"
                f" {list((one - other).elements())[:3]} {list((other - one).elements())[:3]}")


def key(row):
    """A row as it compares: numbers by their value, doubles to nine digits."""
    return tuple(number(value) if isinstance(value, (int, decimal.Decimal))
                 and not isinstance(value, bool) else repr(value) for value in row)


def number(value):
    return f"{float(value):.9g}" if abs(value) > 1e15 or not math.isfinite(value) else (
        f"{value.normalize():f}" if isinstance(value, decimal.Decimal) else str(value))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--statements", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=150)
    parser.add_argument("--program", default=".build/debug/daybook")
    parser.add_argument("--keep-going", action="store_true", help="report all contradictions")
    options = parser.parse_args()

    asked = checked = failed = unanswered = 0
    with tempfile.TemporaryDirectory() as directory:
        daybook = server.Daybook(options.program, directory)
        try:
            while asked < options.statements:
                if checked % tables.PER_SET == 0:
                    seed = options.seed * 1_000_003 + checked
                    oracles = Oracles(seed, tables.prepare(daybook, seed, options.rows), daybook)
                checked += 1
                try:
                    problem = oracles.check()
                except Unanswered:
                    problem, unanswered = None, unanswered + 1
                except server.Refused as error:
                    problem = f"refused: {error}"
                asked += len(oracles.asked)
                if not problem:
                    continue
                failed += 1
                statements = "\n  ".join(oracles.asked)
                print(f"seed {options.seed}, check {checked - 1}: {problem}\n  {statements}\n",
                      flush=True)
                if not options.keep_going:
                    raise SystemExit(1)
        finally:
            daybook.stop()
    print(f"{asked} statements in {checked} checks of Daybook by itself: {failed} contradictions,"
          f" {unanswered} with a value beyond its type")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
