"""Rows of TPC-H's eight tables, made as its specification describes them, as far as its 22
queries can tell: the same domains, keys, dependencies and shares of what they look for.

Equal scales give equal rows. Comments are shorter than the specification's.
"""

import datetime
import random

DATES = [datetime.date(1992, 1, 1) + datetime.timedelta(days=day) for day in range(2557)]
DAYS = [date.isoformat() for date in DATES]
TODAY = DATES.index(datetime.date(1995, 6, 17))
LAST_ORDER = DATES.index(datetime.date(1998, 8, 2))

REGIONS = ["AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"]
NATIONS = [
    ("ALGERIA", 0), ("ARGENTINA", 1), ("BRAZIL", 1), ("CANADA", 1), ("EGYPT", 4), ("ETHIOPIA", 0),
    ("FRANCE", 3), ("GERMANY", 3), ("INDIA", 2), ("INDONESIA", 2), ("IRAN", 4), ("IRAQ", 4),
    ("JAPAN", 2), ("JORDAN", 4), ("KENYA", 0), ("MOROCCO", 0), ("MOZAMBIQUE", 0), ("PERU", 1),
    ("CHINA", 2), ("ROMANIA", 3), ("SAUDI ARABIA", 4), ("VIETNAM", 2), ("RUSSIA", 3),
    ("UNITED KINGDOM", 3), ("UNITED STATES", 1)]
SEGMENTS = ["AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY", "HOUSEHOLD"]
PRIORITIES = ["1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"]
MODES = ["REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"]
INSTRUCTIONS = ["DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"]
TYPES = [
    ["STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO"],
    ["ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED"],
    ["TIN", "NICKEL", "BRASS", "STEEL", "COPPER"]]
CONTAINERS = [
    ["SM", "LG", "MED", "JUMBO", "WRAP"],
    ["CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM"]]
COLOURS = (
    "almond antique aquamarine azure beige bisque black blanched blue blush brown burlywood"
    " burnished chartreuse chiffon chocolate coral cornflower cornsilk cream cyan dark deep dim"
    " dodger drab firebrick floral forest frosted gainsboro ghost goldenrod green grey honeydew"
    " hot indian ivory khaki lace lavender lawn lemon light lime linen magenta maroon medium"
    " metallic midnight mint misty moccasin navajo navy olive orange orchid pale papaya peach peru"
    " pink plum powder puff purple red rose rosy royal saddle salmon sandy seashell sienna sky"
    " slate smoke snow spring steel tan thistle tomato turquoise violet wheat white yellow").split()
WORDS = (
    "furiously quickly carefully blithely slyly regular express final ironic pending bold even"
    " silent deposits packages accounts theodolites pinto beans foxes instructions").split()

# Name, columns and kinds, the column of time if there is one, Daybook's clauses.
TABLES = [
    ("region", {"r_regionkey": "BIGINT", "r_name": "VARCHAR", "r_comment": "VARCHAR"}, None, ""),
    ("nation", {"n_nationkey": "BIGINT", "n_name": "VARCHAR", "n_regionkey": "BIGINT",
                "n_comment": "VARCHAR"}, None, ""),
    ("supplier", {"s_suppkey": "BIGINT", "s_name": "VARCHAR", "s_address": "VARCHAR",
                  "s_nationkey": "BIGINT", "s_phone": "VARCHAR", "s_acctbal": "DECIMAL(15, 2)",
                  "s_comment": "VARCHAR"}, None, ""),
    ("customer", {"c_custkey": "BIGINT", "c_name": "VARCHAR", "c_address": "VARCHAR",
                  "c_nationkey": "BIGINT", "c_phone": "VARCHAR", "c_acctbal": "DECIMAL(15, 2)",
                  "c_mktsegment": "VARCHAR", "c_comment": "VARCHAR"}, None, ""),
    ("part", {"p_partkey": "BIGINT", "p_name": "VARCHAR", "p_mfgr": "VARCHAR",
              "p_brand": "VARCHAR", "p_type": "VARCHAR", "p_size": "BIGINT",
              "p_container": "VARCHAR", "p_retailprice": "DECIMAL(15, 2)",
              "p_comment": "VARCHAR"}, None, ""),
    ("partsupp", {"ps_partkey": "BIGINT", "ps_suppkey": "BIGINT", "ps_availqty": "BIGINT",
                  "ps_supplycost": "DECIMAL(15, 2)", "ps_comment": "VARCHAR"}, None, ""),
    ("orders", {"o_orderkey": "BIGINT", "o_custkey": "BIGINT", "o_orderstatus": "VARCHAR",
                "o_totalprice": "DECIMAL(15, 2)", "o_orderdate": "TIMESTAMP",
                "o_orderpriority": "VARCHAR", "o_clerk": "VARCHAR", "o_shippriority": "BIGINT",
                "o_comment": "VARCHAR"}, "o_orderdate", "PARTITION BY YEAR"),
    ("lineitem", {"l_orderkey": "BIGINT", "l_partkey": "BIGINT", "l_suppkey": "BIGINT",
                  "l_linenumber": "BIGINT", "l_quantity": "DECIMAL(15, 2)",
                  "l_extendedprice": "DECIMAL(15, 2)", "l_discount": "DECIMAL(15, 2)",
                  "l_tax": "DECIMAL(15, 2)", "l_returnflag": "VARCHAR", "l_linestatus": "VARCHAR",
                  "l_shipdate": "TIMESTAMP", "l_commitdate": "DATE", "l_receiptdate": "DATE",
                  "l_shipinstruct": "VARCHAR", "l_shipmode": "VARCHAR", "l_comment": "VARCHAR"},
     "l_shipdate", "PARTITION BY YEAR"),
]


def cents(amount):
    """The text of an amount of hundredths."""
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}{amount // 100}.{amount % 100:02d}"


def price(part):
    """The retail price of a part, in hundredths."""
    return 90_000 + part // 10 % 20_001 + 100 * (part % 1_000)


class Generator:
    """The rows of one scale: each table's as tuples in the order of its columns."""

    def __init__(self, scale):
        self.suppliers = max(10, round(10_000 * scale))
        self.customers = max(30, round(150_000 * scale))
        self.parts = max(40, round(200_000 * scale))
        self.orders = max(100, round(1_500_000 * scale))
        self.clerks = max(10, round(1_000 * scale))

    def comment(self, rng):
        return " ".join(rng.choices(WORDS, k=rng.randrange(2, 6)))

    def phone(self, rng, nation):
        return (f"{nation + 10}-{rng.randrange(100, 1000)}-{rng.randrange(100, 1000)}"
                f"-{rng.randrange(1000, 10000)}")

    def region(self):
        rng = random.Random("region")
        return [(key, name, self.comment(rng)) for key, name in enumerate(REGIONS)]

    def nation(self):
        rng = random.Random("nation")
        return [
            (key, name, region, self.comment(rng)) for key, (name, region) in enumerate(NATIONS)]

    def supplier(self):
        rng = random.Random("supplier")
        for key in range(1, self.suppliers + 1):
            nation = rng.randrange(25)
            comment = self.comment(rng)
            if rng.random() < 0.02:
                kind = rng.choice(["Complaints", "Recommends"])
                comment = f"{comment} Customer {rng.choice(WORDS)} {kind}"
            yield (key, f"Supplier#{key:09d}", f"{rng.choice(WORDS)} {rng.randrange(10**6)}",
                   nation, self.phone(rng, nation), cents(rng.randrange(-99_999, 1_000_000)),
                   comment)

    def customer(self):
        rng = random.Random("customer")
        for key in range(1, self.customers + 1):
            nation = rng.randrange(25)
            yield (key, f"Customer#{key:09d}", f"{rng.choice(WORDS)} {rng.randrange(10**6)}",
                   nation, self.phone(rng, nation), cents(rng.randrange(-99_999, 1_000_000)),
                   rng.choice(SEGMENTS), self.comment(rng))

    def part(self):
        rng = random.Random("part")
        for key in range(1, self.parts + 1):
            maker = rng.randrange(1, 6)
            yield (key, " ".join(rng.sample(COLOURS, 5)), f"Manufacturer#{maker}",
                   f"Brand#{maker}{rng.randrange(1, 6)}", " ".join(map(rng.choice, TYPES)),
                   rng.randrange(1, 51), " ".join(map(rng.choice, CONTAINERS)), cents(price(key)),
                   self.comment(rng))

    def seller(self, part, number):
        """One of the four suppliers of a part."""
        count = self.suppliers
        return (part + number * (count // 4 + (part - 1) // count)) % count + 1

    def partsupp(self):
        rng = random.Random("partsupp")
        for part in range(1, self.parts + 1):
            for seller in {self.seller(part, number): 0 for number in range(4)}:
                yield (part, seller, rng.randrange(1, 10_000), cents(rng.randrange(100, 100_001)),
                       self.comment(rng))

    def sales(self):
        """The rows of orders and of lineitem."""
        rng = random.Random("orders")
        orders, lines = [], []
        for number in range(self.orders):
            # Of 32 keys the first eight are used; of three customers two have orders.
            key = number // 8 * 32 + number % 8 + 1
            customer = rng.randrange(1, self.customers + 1)
            while customer % 3 == 0:
                customer = rng.randrange(1, self.customers + 1)
            day = rng.randrange(0, LAST_ORDER + 1)
            total = open_lines = 0
            count = rng.randrange(1, 8)
            for line in range(1, count + 1):
                part = rng.randrange(1, self.parts + 1)
                quantity = rng.randrange(1, 51)
                discount, tax = rng.randrange(11), rng.randrange(9)
                extended = quantity * price(part)
                ship = day + rng.randrange(1, 122)
                receipt = ship + rng.randrange(1, 31)
                is_open = ship > TODAY
                open_lines += is_open
                total += extended * (100 - discount) * (100 + tax) // 10_000
                lines.append((
                    key, part, self.seller(part, rng.randrange(4)), line, quantity,
                    cents(extended), cents(discount), cents(tax),
                    rng.choice("RA") if receipt <= TODAY else "N", "O" if is_open else "F",
                    DAYS[ship], DAYS[day + rng.randrange(30, 91)], DAYS[receipt],
                    rng.choice(INSTRUCTIONS), rng.choice(MODES), self.comment(rng)))
            comment = self.comment(rng)
            if rng.random() < 0.02:
                comment += f" special {rng.choice(WORDS)} requests"
            status = "F" if open_lines == 0 else "O" if open_lines == count else "P"
            orders.append((
                key, customer, status, cents(total), DAYS[day], rng.choice(PRIORITIES),
                f"Clerk#{rng.randrange(1, self.clerks + 1):09d}", 0, comment))
        return {"orders": orders, "lineitem": lines}

    def rows(self):
        """Pairs of a table's name and its rows."""
        for name, _, _, _ in TABLES[:-2]:
            yield name, getattr(self, name)()
        yield from self.sales().items()
