import TestSupport
import Testing

@testable import Query

/// What statements become: result columns with their types, and the plan, line by line.
@Suite struct BinderPlanTests {
    @Test("A query binds to its columns and plan", arguments: aggregates + expressions + others)
    func plan(_ expected: ExpectedPlan) throws {
        let query = try BinderFixture.query(expected.sql)
        let fields = query.fields.map { "\($0.name):\($0.type)" }.joined(separator: " ")
        #expect(fields == expected.fields)
        #expect(PlanPrinter.lines(of: query.plan).joined(separator: "\n") == expected.plan)
    }

    /// A query and what is expected of it.
    struct ExpectedPlan: Sendable, CustomTestStringConvertible {
        let sql: String
        let fields: String
        let plan: String

        init(_ sql: String, _ fields: String, _ plan: String) {
            self.sql = sql
            self.fields = fields
            self.plan = plan
        }

        var testDescription: String { sql }
    }

    static let aggregates: [ExpectedPlan] = [
        .init(
            "SELECT merchant_id, COUNT(*), SUM(amount) FROM payments GROUP BY 1 ORDER BY "
                + "3 DESC LIMIT 10",
            "merchant_id:VARCHAR EXPR$1:BIGINT EXPR$2:BIGINT",
            """
            limit 10
              sort SUM(amount) DESC NULLS LAST
                aggregate COUNT(*), SUM(amount) by merchant_id
                  scan payments (merchant_id, amount)
            """),
        .init(
            "SELECT TIME_FLOOR(CAST(\"__time\" AS TIMESTAMP), 'P1D') AS \"__time\", "
                + "SUM(\"amount\") AS \"SUM(amount)\" FROM \"druid\".\"payments\" WHERE "
                + "(\"method\" = 'CARD' OR \"method\" = 'X') GROUP BY "
                + "TIME_FLOOR(CAST(\"__time\" AS TIMESTAMP), 'P1D') ORDER BY \"SUM(amount)\" "
                + "DESC LIMIT 10000",
            "__time:TIMESTAMP SUM(amount):BIGINT",
            """
            limit 10000
              sort SUM(amount) DESC NULLS LAST
                aggregate SUM(amount) by timeFloor[1 d](event_time)
                  filter ((method = 'CARD') OR (method = 'X'))
                    scan payments (event_time, method, amount)
            """),
        .init(
            "SELECT method, SUM(amount) FROM payments GROUP BY method HAVING "
                + "(SUM(amount) > 0)",
            "method:VARCHAR EXPR$1:BIGINT",
            """
            filter (SUM(amount) > 0)
              aggregate SUM(amount) by method
                scan payments (method, amount)
            """),
        .init(
            "SELECT COUNT(*) > 0 AS exists_ FROM INFORMATION_SCHEMA.TABLES WHERE "
                + "TABLE_NAME = 't'",
            "exists_:BOOLEAN",
            """
            project (COUNT(*) > 0)
              aggregate COUNT(*)
                filter (column 2 = 't')
                  values (7 rows)
            """),
        .init(
            "SELECT AVG(fee), SUM(fee), MIN(settle_date), COUNT(DISTINCT method) FILTER "
                + "(WHERE amount > 0) FROM payments",
            "EXPR$0:DOUBLE EXPR$1:DECIMAL(38,2) EXPR$2:DATE EXPR$3:BIGINT",
            """
            aggregate AVG(fee), SUM(fee), MIN(settle_date), COUNT(DISTINCT method) FILTER (WHERE (amount > 0))
              scan payments (method, amount, fee, settle_date)
            """),
        .init(
            "SELECT SUM(amount) / COUNT(*) FROM payments",
            "EXPR$0:BIGINT",
            """
            project divide(SUM(amount), COUNT(*))
              aggregate SUM(amount), COUNT(*)
                scan payments (amount)
            """),
        .init(
            "SELECT x.m, x.n FROM (SELECT method AS m, COUNT(*) AS n FROM payments GROUP "
                + "BY method) x WHERE x.n > 1",
            "m:VARCHAR n:BIGINT",
            """
            filter (COUNT(*) > 1)
              aggregate COUNT(*) by method
                scan payments (method)
            """),
        .init(
            "SELECT method AS status, COUNT(*) FROM payments GROUP BY status, method",
            "status:VARCHAR EXPR$1:BIGINT",
            """
            project method, COUNT(*)
              aggregate COUNT(*) by status, method
                scan payments (method, status)
            """),
        .init(
            "SELECT SUM(amount) AS amount FROM payments HAVING amount > 10 ORDER BY "
                + "amount",
            "amount:BIGINT",
            """
            sort SUM(amount) NULLS FIRST
              filter (SUM(amount) > 10)
                aggregate SUM(amount)
                  scan payments (amount)
            """),
        .init(
            "SELECT COUNT(1), COUNT(method), COUNT(*) FROM payments",
            "EXPR$0:BIGINT EXPR$1:BIGINT EXPR$2:BIGINT",
            """
            project COUNT(*), COUNT(method), COUNT(*)
              aggregate COUNT(*), COUNT(method)
                scan payments (method)
            """),
        .init(
            "SELECT 1 FROM payments ORDER BY COUNT(*)",
            "EXPR$0:BIGINT",
            """
            project 1
              sort COUNT(*) NULLS FIRST
                project 1, COUNT(*)
                  aggregate COUNT(*)
                    scan payments ()
            """),
    ]

    static let expressions: [ExpectedPlan] = [
        .init(
            "SELECT amount, Merchant_ID FROM druid.payments p WHERE p.amount > 10 AND "
                + "__time >= '2026-11-01 00:00:00.000000'",
            "amount:BIGINT merchant_id:VARCHAR",
            """
            project amount, merchant_id
              filter ((amount > 10) AND (event_time >= TIMESTAMP '2026-11-01T00:00:00.000Z'))
                scan payments (event_time, merchant_id, amount)
            """),
        .init(
            "SELECT DISTINCT method FROM payments ORDER BY method LIMIT 20 OFFSET 20",
            "method:VARCHAR",
            """
            limit 20 offset 20
              sort method NULLS FIRST
                distinct
                  scan payments (method)
            """),
        .init(
            "SELECT method FROM payments WHERE LOWER(method) LIKE LOWER('%A%') AND "
                + "is_test IS TRUE",
            "method:VARCHAR",
            """
            project method
              filter ((lower(method) LIKE '%a%') AND (is_test IS TRUE))
                scan payments (method, is_test)
            """),
        .init(
            "SELECT method FROM payments WHERE 1 = 1",
            "method:VARCHAR",
            """
            scan payments (method)
            """),
        .init(
            "SELECT TIME_SHIFT(TIME_FLOOR(TIME_SHIFT(CAST(event_time AS "
                + "TIMESTAMP),'P1D',1),'P1W'),'P1D',-1) FROM payments",
            "EXPR$0:TIMESTAMP",
            """
            project timeShift[1 d](timeFloor[7 d](timeShift[1 d](event_time, 1)), -1)
              scan payments (event_time)
            """),
        .init(
            "SELECT fee * 2, fee + amount, fee / 3, fee * 1.5, fee > 10, fee > 10.005, "
                + "amount > 10.0, amount > 10.5 FROM payments",
            "EXPR$0:DECIMAL(19,2) EXPR$1:DECIMAL(22,2) EXPR$2:DECIMAL(22,6) "
                + "EXPR$3:DECIMAL(20,3) EXPR$4:BOOLEAN EXPR$5:BOOLEAN EXPR$6:BOOLEAN "
                + "EXPR$7:BOOLEAN",
            """
            project multiply(fee, 2), add(CAST(fee AS DECIMAL(22,2)), CAST(amount AS DECIMAL(22,2))), divide(fee, 3), multiply(fee, 1.5), (fee > 10.00), (CAST(fee AS DECIMAL(19,3)) > 10.005), (amount > 10), (CAST(amount AS DECIMAL(20,1)) > 10.5)
              scan payments (amount, fee)
            """),
        .init(
            "SELECT amount IN (1, 2.0, 3.5, NULL), fee IN (1, 2.5), method IN ('a', 'b') "
                + "FROM payments",
            "EXPR$0:BOOLEAN EXPR$1:BOOLEAN EXPR$2:BOOLEAN",
            """
            project (amount IN (1, 2, NULL)), (fee IN (1.00, 2.50)), (method IN ('a', 'b'))
              scan payments (method, amount, fee)
            """),
        .init(
            "SELECT amount BETWEEN 1 AND 2, settle_date = '2026-01-01', settle_date < "
                + "TIMESTAMP '2026-01-01 10:00:00' FROM payments",
            "EXPR$0:BOOLEAN EXPR$1:BOOLEAN EXPR$2:BOOLEAN",
            """
            project ((amount >= 1) AND (amount <= 2)), (settle_date = DATE '2026-01-01'), (CAST(settle_date AS TIMESTAMP) < TIMESTAMP '2026-01-01T10:00:00.000Z')
              scan payments (amount, settle_date)
            """),
        .init(
            "SELECT CASE WHEN amount > 1 THEN 1 WHEN amount > 2 THEN 2.5 END, "
                + "COALESCE(method, 'none'), NULLIF(amount, 0), NVL(NULL, amount) FROM payments",
            "EXPR$0:DECIMAL(20,1) EXPR$1:VARCHAR EXPR$2:BIGINT EXPR$3:BIGINT",
            """
            project CASE WHEN (amount > 1) THEN 1.0 WHEN (amount > 2) THEN 2.5 ELSE NULL END, coalesce(method, 'none'), nullIf(amount, 0), amount
              scan payments (method, amount)
            """),
        .init(
            "SELECT event_time + INTERVAL '1' DAY, settle_date + INTERVAL '1' MONTH, "
                + "CURRENT_TIMESTAMP - INTERVAL '1' DAY FROM payments",
            "EXPR$0:TIMESTAMP EXPR$1:DATE EXPR$2:TIMESTAMP",
            """
            project timeShift[1 d](event_time, 1), CAST(timeShift[1 months](CAST(settle_date AS TIMESTAMP), 1) AS DATE), TIMESTAMP '2026-11-17T11:06:40.000Z'
              scan payments (event_time, settle_date)
            """),
        .init(
            "SELECT EXTRACT(DOW FROM event_time), EXTRACT(DECADE FROM event_time), "
                + "DATE_TRUNC('month', event_time), FLOOR(event_time TO HOUR) FROM payments",
            "EXPR$0:BIGINT EXPR$1:BIGINT EXPR$2:TIMESTAMP EXPR$3:TIMESTAMP",
            """
            project modulo(extract[ISODOW](event_time), 7), divide(extract[YEAR](event_time), 10), timeFloor[1 months](event_time), timeFloor[1 h](event_time)
              scan payments (event_time)
            """),
        .init(
            "SELECT ARRAY_CONTAINS(coupon_ids, 'x'), ARRAY_LENGTH(coupon_ids), "
                + "JSON_VALUE(attrs, '$.a.b') FROM payments",
            "EXPR$0:BOOLEAN EXPR$1:BIGINT EXPR$2:VARCHAR",
            """
            project arrayContains(coupon_ids, 'x'), arrayLength(coupon_ids), jsonValue[a.b](attrs)
              scan payments (coupon_ids, attrs)
            """),
        .init(
            "SELECT merchant_id AS m, amount FROM payments ORDER BY fee, m",
            "m:VARCHAR amount:BIGINT",
            """
            project merchant_id, amount
              sort fee NULLS FIRST, merchant_id NULLS FIRST
                scan payments (merchant_id, amount, fee)
            """),
        .init(
            "SELECT amount + 1 AS a FROM payments ORDER BY a * 2",
            "a:BIGINT",
            """
            project add(amount, 1)
              sort multiply(add(amount, 1), 2) NULLS FIRST
                project add(amount, 1), multiply(add(amount, 1), 2)
                  scan payments (amount)
            """),
        .init(
            "SELECT -amount, ABS(fee), ROUND(fee, 1), FLOOR(discount), GREATEST(amount, "
                + "fee, 1.5), SAFE_DIVIDE(amount, 0), MOD(amount, 7) FROM payments",
            "EXPR$0:BIGINT EXPR$1:DECIMAL(18,2) EXPR$2:DECIMAL(18,2) EXPR$3:DOUBLE "
                + "EXPR$4:DECIMAL(21,2) EXPR$5:BIGINT EXPR$6:BIGINT",
            """
            project negate(amount), absolute(fee), round[1](fee), floor(discount), greatest(CAST(amount AS DECIMAL(21,2)), CAST(fee AS DECIMAL(21,2)), 1.50), NULL, modulo(amount, 7)
              scan payments (amount, fee, discount)
            """),
        .init(
            "SELECT SUBSTRING(method, 2), TRIM(method), LPAD(method, 5, 'x'), "
                + "POSITION('a' IN method), method || amount FROM payments",
            "EXPR$0:VARCHAR EXPR$1:VARCHAR EXPR$2:VARCHAR EXPR$3:BIGINT EXPR$4:VARCHAR",
            """
            project substring(method, 2), trim(method, ' '), padLeft(method, 5, 'x'), position(method, 'a'), concatenate(method, CAST(amount AS VARCHAR))
              scan payments (method, amount)
            """),
        .init(
            "SELECT TIMESTAMPDIFF(DAY, event_time, CURRENT_TIMESTAMP()), "
                + "TIMESTAMPADD(HOUR, 2, event_time), MILLIS_TO_TIMESTAMP(amount * 1000) FROM "
                + "payments",
            "EXPR$0:BIGINT EXPR$1:TIMESTAMP EXPR$2:TIMESTAMP",
            """
            project timeDifference[DAY](event_time, TIMESTAMP '2026-11-18T11:06:40.000Z'), timeShift[1 h](event_time, 2), fromMilliseconds(multiply(amount, 1000))
              scan payments (event_time, amount)
            """),
        .init(
            "SELECT ? + amount, :m = method, $2 FROM payments",
            "EXPR$0:BIGINT EXPR$1:BOOLEAN EXPR$2:VARCHAR",
            """
            project add(7, amount), ('CARD' = method), 'two'
              scan payments (method, amount)
            """),
        .init(
            "SELECT \"method\" FROM payments WHERE \"event_time\" >= "
                + "TIME_PARSE('2024-01-01T00:00:00') AND event_time < "
                + "CAST(TIME_PARSE('2024-01-01') AS DATE)",
            "method:VARCHAR",
            """
            project method
              filter ((event_time >= TIMESTAMP '2024-01-01T00:00:00.000Z') AND (event_time < TIMESTAMP '2024-01-01T00:00:00.000Z'))
                scan payments (event_time, method)
            """),
        .init(
            "SELECT IF(amount > 0, 'p', NULL), amount IS DISTINCT FROM NULL, NOT (NOT "
                + "is_test), is_test AND TRUE FROM payments",
            "EXPR$0:VARCHAR EXPR$1:BOOLEAN EXPR$2:BOOLEAN EXPR$3:BOOLEAN",
            """
            project CASE WHEN (amount > 0) THEN 'p' ELSE NULL END, (amount IS DISTINCT FROM NULL), is_test, is_test
              scan payments (amount, is_test)
            """),
        .init(
            "SELECT fee * 100, fee - 1, 10 - fee, fee % 7 FROM payments",
            "EXPR$0:DECIMAL(21,2) EXPR$1:DECIMAL(19,2) EXPR$2:DECIMAL(19,2) "
                + "EXPR$3:DECIMAL(18,2)",
            """
            project multiply(fee, 100), subtract(CAST(fee AS DECIMAL(19,2)), 1.00), subtract(10.00, CAST(fee AS DECIMAL(19,2))), modulo(fee, 7.00)
              scan payments (fee)
            """),
        .init(
            "SELECT amount FROM payments ORDER BY amount FETCH FIRST 5 ROWS ONLY",
            "amount:BIGINT",
            """
            limit 5
              sort amount NULLS FIRST
                scan payments (amount)
            """),
    ]

    static let others: [ExpectedPlan] = [
        .init(
            "SELECT 1",
            "EXPR$0:BIGINT",
            """
            project 1
              values (1 rows)
            """),
        .init(
            "SELECT 1+1, 'a' || 'b' AS x, NULL",
            "EXPR$0:BIGINT x:VARCHAR EXPR$2:VARCHAR",
            """
            project 2, 'ab', NULL
              values (1 rows)
            """),
        .init(
            "SELECT method FROM payments WHERE 1 = 0",
            "method:VARCHAR",
            """
            values (0 rows)
            """),
        .init(
            "VALUES (1, 'a'), (2.5, NULL)",
            "EXPR$0:DECIMAL(20,1) EXPR$1:VARCHAR",
            """
            values (2 rows)
            """),
        .init(
            "SHOW TABLES",
            "table_name:VARCHAR",
            """
            values (1 rows)
            """),
        .init(
            "SHOW COLUMNS FROM payments",
            "column_name:VARCHAR data_type:VARCHAR is_nullable:VARCHAR "
                + "column_default:VARCHAR role:VARCHAR",
            """
            values (12 rows)
            """),
        .init(
            "SELECT table_name, jdbc_type FROM information_schema.columns",
            "TABLE_NAME:VARCHAR JDBC_TYPE:BIGINT",
            """
            project column 2, column 16
              values (53 rows)
            """),
        .init(
            "SELECT segment_id FROM sys.segments",
            "segment_id:VARCHAR",
            """
            values (1 rows)
            """),
    ]
}
