"""The bench's questions, read from the file that `daybook bench` is built with."""

import os
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

FILE = os.path.join(os.path.dirname(__file__), "../../Sources/Server/Bench/queries.sql")

# The merchants of `merchants20`, by their rank in number of events.
RANKS = [0, 1, 3, 7, 12, 20, 33, 54, 88, 143, 232, 376, 609, 986, 1596, 2583, 4180, 6764, 10945, 14500]
MILLISECONDS_PER_DAY = 86_400_000


@dataclass
class Question:
    id: str
    kind: str
    title: str
    tolerance: float
    texts: dict = field(default_factory=dict)

    def text(self, dialect, parameters):
        """The SQL for a dialect, parameters filled in; None where the engine cannot answer."""
        general = "everyone else" if "everyone else" in self.texts else "everyone"
        sql = self.texts.get(dialect, self.texts[general])
        return sql and re.sub(r"\{\{(\w+)\}\}", lambda match: str(parameters[match[1]]), sql)


def load(path=FILE):
    """All questions in order."""
    questions, target = [], None
    for line in open(path, encoding="utf-8"):
        opening = re.match(r"-- query (\w+) ([\w-]+)(?: within ([\d.]+))?: (.*)", line)
        if opening:
            questions.append(
                Question(opening[1], opening[2], opening[4], float(opening[3] or 0)))
        elif line.startswith("-- for "):
            target = line[len("-- for "):].strip()
            questions[-1].texts[target] = ""
        elif line.startswith("-- not possible"):
            questions[-1].texts[target] = None
        elif questions and line.strip() and not line.startswith("--"):
            questions[-1].texts[target] += line
    for question in questions:
        question.texts = {
            name: text and text.strip().rstrip(";") for name, text in question.texts.items()}
    return questions


def parameters(run):
    """What the questions ask for, taken from the data by an engine that `run` asks.

    Every choice is settled by the data alone; `BenchParameters.swift` makes the same ones.
    """
    def column(sql):
        return [row[0] for row in run(sql)]

    def quoted(values):
        return ", ".join(f"'{value}'" for value in values)

    by_size = column(
        "SELECT merchant_id FROM ledger GROUP BY merchant_id ORDER BY COUNT(*) DESC, merchant_id")
    first = run("SELECT MIN(event_time) FROM ledger")[0][0]
    # Days begin at midnight in Korea.
    base = first - (first + 9 * 3_600_000) % MILLISECONDS_PER_DAY
    settled = run(
        "SELECT order_id, payment_key, event_id FROM ledger WHERE event_type = 'SETTLED'"
        " ORDER BY event_id LIMIT 1 OFFSET 100")[0]
    spread = []
    for day in range(25):
        spread += run(
            "SELECT order_id, payment_key FROM ledger WHERE event_type = 'ORDER_CREATED'"
            f" AND event_time >= {base + day * MILLISECONDS_PER_DAY} ORDER BY event_id LIMIT 4")
    found = {
        "mid_merchant": by_size[500 * len(by_size) // 20_000],
        "cold_merchant": by_size[len(by_size) * 3 // 4],
        "merchants20": quoted(by_size[min(rank, len(by_size) - 1)] for rank in RANKS),
        "order_id": settled[0], "payment_key": settled[1], "event_id": settled[2],
        "missing_order_id": "ORD-20260915-ZZZZZZZZ",
        "orders100": quoted(sorted({row[0] for row in spread})),
        "payments100": quoted(sorted({row[1] for row in spread})),
    }
    for day in range(32):
        at = base + day * MILLISECONDS_PER_DAY
        found[f"d{day}"] = at
        found[f"t{day}"] = time_text(at)
    return found


def time_text(milliseconds):
    """A TIMESTAMP literal's text."""
    at = datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)
    return at.isoformat(timespec="milliseconds") + "Z"
