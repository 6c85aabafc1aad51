"""Rows of the star-schema benchmark's five tables, and of one flat table that joins them: the
domains and hierarchies that its 13 queries ask for.

Equal scales give equal rows.
"""

import datetime
import random

import tpch

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DATES = [datetime.date(1992, 1, 1) + datetime.timedelta(days=day) for day in range(2557)]

DATE = {"d_datekey": "BIGINT", "d_date": "DATE", "d_month": "VARCHAR", "d_year": "BIGINT",
        "d_yearmonthnum": "BIGINT", "d_yearmonth": "VARCHAR", "d_weeknuminyear": "BIGINT"}
CUSTOMER = {"c_custkey": "BIGINT", "c_name": "VARCHAR", "c_city": "VARCHAR", "c_nation": "VARCHAR",
            "c_region": "VARCHAR", "c_mktsegment": "VARCHAR"}
SUPPLIER = {"s_suppkey": "BIGINT", "s_name": "VARCHAR", "s_city": "VARCHAR", "s_nation": "VARCHAR",
            "s_region": "VARCHAR"}
PART = {"p_partkey": "BIGINT", "p_name": "VARCHAR", "p_mfgr": "VARCHAR", "p_category": "VARCHAR",
        "p_brand1": "VARCHAR", "p_color": "VARCHAR", "p_size": "BIGINT"}
ORDER = {"lo_orderkey": "BIGINT", "lo_linenumber": "BIGINT", "lo_custkey": "BIGINT",
         "lo_partkey": "BIGINT", "lo_suppkey": "BIGINT", "lo_orderdate": "BIGINT",
         "lo_time": "TIMESTAMP", "lo_orderpriority": "VARCHAR", "lo_quantity": "BIGINT",
         "lo_extendedprice": "BIGINT", "lo_discount": "BIGINT", "lo_revenue": "BIGINT",
         "lo_supplycost": "BIGINT", "lo_shipmode": "VARCHAR"}

# Name, columns and kinds, the column of time if there is one, Daybook's clauses.
TABLES = [
    ("ssb_date", DATE, None, ""),
    ("ssb_customer", CUSTOMER, None, ""),
    ("ssb_supplier", SUPPLIER, None, ""),
    ("ssb_part", PART, None, ""),
    ("lineorder", ORDER, "lo_time", "PARTITION BY YEAR"),
    ("lineorder_flat", ORDER | DATE | CUSTOMER | SUPPLIER | PART, "lo_time", "PARTITION BY YEAR"),
]


class Generator:
    """The rows of one scale: each table's as tuples in the order of its columns."""

    def __init__(self, scale):
        self.customers = max(50, round(30_000 * scale))
        self.suppliers = max(50, round(2_000 * scale))
        self.parts = max(100, round(200_000 * scale))
        self.orders = max(100, round(1_500_000 * scale))

    def place(self, rng):
        """A city of ten of a nation, the nation, its region."""
        name, region = rng.choice(tpch.NATIONS)
        return f"{name[:9]:9}{rng.randrange(10)}", name, tpch.REGIONS[region]

    def date(self):
        for date in DATES:
            month = MONTHS[date.month - 1]
            yield (date.year * 10_000 + date.month * 100 + date.day, date.isoformat(), month,
                   date.year, date.year * 100 + date.month, f"{month}{date.year}",
                   date.timetuple().tm_yday // 7 + 1)

    def customer(self):
        rng = random.Random("customer")
        return [(key, f"Customer#{key:09d}", *self.place(rng), rng.choice(tpch.SEGMENTS))
                for key in range(1, self.customers + 1)]

    def supplier(self):
        rng = random.Random("supplier")
        return [(key, f"Supplier#{key:09d}", *self.place(rng))
                for key in range(1, self.suppliers + 1)]

    def part(self):
        rng = random.Random("part")
        for key in range(1, self.parts + 1):
            maker = f"MFGR#{rng.randrange(1, 6)}"
            category = f"{maker}{rng.randrange(1, 6)}"
            yield (key, " ".join(rng.sample(tpch.COLOURS, 2)), maker, category,
                   f"{category}{rng.randrange(1, 41)}", rng.choice(tpch.COLOURS),
                   rng.randrange(1, 51))

    def lineorder(self, dates):
        rng = random.Random("lineorder")
        for number in range(self.orders):
            customer = rng.randrange(1, self.customers + 1)
            date = dates[rng.randrange(tpch.LAST_ORDER + 1)]
            priority = rng.choice(tpch.PRIORITIES)
            for line in range(1, rng.randrange(1, 8) + 1):
                part = rng.randrange(1, self.parts + 1)
                quantity, discount = rng.randrange(1, 51), rng.randrange(11)
                price = tpch.price(part)
                yield (number + 1, line, customer, part, rng.randrange(1, self.suppliers + 1),
                       date[0], date[1], priority, quantity, quantity * price, discount,
                       quantity * price * (100 - discount) // 100, price * 6 // 10,
                       rng.choice(tpch.MODES))

    def rows(self):
        """Pairs of a table's name and its rows."""
        date, customer = list(self.date()), self.customer()
        supplier, part = self.supplier(), list(self.part())
        orders = list(self.lineorder(date))
        days = {row[0]: row for row in date}
        yield from [("ssb_date", date), ("ssb_customer", customer), ("ssb_supplier", supplier),
                    ("ssb_part", part), ("lineorder", orders)]
        yield "lineorder_flat", (
            row + days[row[5]] + customer[row[2] - 1] + supplier[row[4] - 1] + part[row[3] - 1]
            for row in orders)
