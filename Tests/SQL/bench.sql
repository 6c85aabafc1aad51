-- The questions of the bench in Daybook's dialect, over the table `ledger` of the generator.

-- q01_sum_all
SELECT count(*) AS n, sum(amount) AS amt, sum(fee) AS fee, sum(tax) AS tax FROM ledger

-- q02_hour_series
SELECT TIME_FLOOR(event_time, 'PT1H') AS h, sum(amount) AS amt, count(*) AS n FROM ledger GROUP BY 1 ORDER BY 1

-- q03_day_series
SELECT TIME_FLOOR(event_time + INTERVAL '9' HOUR, 'P1D') AS d, sum(amount) AS amt, sum(fee) AS fee, count(*) AS n FROM ledger GROUP BY 1 ORDER BY 1

-- q04_ts_filter_method_status
SELECT TIME_FLOOR(event_time, 'PT1H') AS h, sum(amount) AS amt, count(*) AS n FROM ledger
WHERE event_time >= '2026-09-15' AND event_time < '2026-09-22' AND method = 'CARD' AND status = 'DONE' GROUP BY 1 ORDER BY 1

-- q05_ts_one_merchant
SELECT TIME_FLOOR(event_time + INTERVAL '9' HOUR, 'P1D') AS d, event_type, sum(amount) AS amt, count(*) AS n FROM ledger
WHERE merchant_id = 'M000123' GROUP BY 1, 2 ORDER BY 1, 2

-- q06_ts_in_lists
SELECT TIME_FLOOR(event_time + INTERVAL '9' HOUR, 'P1D') AS d, sum(amount) AS amt, count(*) AS n FROM ledger
WHERE merchant_id IN ('M000001', 'M000002', 'M000003') AND event_type IN ('PAYMENT_APPROVED', 'REFUNDED', 'CANCELLED') GROUP BY 1 ORDER BY 1

-- q07_ts_not_or
SELECT TIME_FLOOR(event_time, 'PT1H') AS h, sum(amount) AS amt, count(*) AS n FROM ledger
WHERE NOT (method IN ('CARD', 'EASY_PAY')) AND (region = '서울' OR channel = 'POS') AND is_test = false GROUP BY 1 ORDER BY 1

-- q08_topn_merchant_day
SELECT merchant_id, sum(amount) AS amt, count(*) AS n FROM ledger
WHERE event_time >= '2026-09-11' AND event_time < '2026-09-15' AND event_type = 'PAYMENT_APPROVED' GROUP BY merchant_id ORDER BY amt DESC, merchant_id LIMIT 20

-- q09_topn_merchant_all
SELECT merchant_id, sum(amount) AS amt, count(*) AS n FROM ledger GROUP BY merchant_id ORDER BY amt DESC, merchant_id LIMIT 20

-- q10_group2
SELECT method, status, count(*) AS n, sum(amount) AS amt FROM ledger GROUP BY method, status ORDER BY method, status

-- q11_group4
SELECT event_type, method, region, channel, count(*) AS n, sum(amount) AS amt, min(amount) AS mn, max(amount) AS mx FROM ledger
GROUP BY event_type, method, region, channel ORDER BY event_type, method, region, channel

-- q12_group3_filtered
SELECT category, channel, currency, count(*) AS n, sum(amount) AS amt, avg(discount) AS disc FROM ledger
WHERE event_time >= '2026-09-15' AND event_time < '2026-09-16' GROUP BY category, channel, currency ORDER BY amt DESC, category, channel, currency LIMIT 100

-- q13_group_customer_order
SELECT customer_id, order_id, sum(amount) AS amt, count(*) AS n FROM ledger GROUP BY customer_id, order_id ORDER BY amt DESC, customer_id, order_id LIMIT 20

-- q14_distinct_exact_day
SELECT TIME_FLOOR(event_time + INTERVAL '9' HOUR, 'P1D') AS d, count(DISTINCT customer_id) AS u FROM ledger GROUP BY 1 ORDER BY 1

-- q15_distinct_approx_day
SELECT TIME_FLOOR(event_time + INTERVAL '9' HOUR, 'P1D') AS d, approx_count_distinct(customer_id) AS u FROM ledger GROUP BY 1 ORDER BY 1

-- q16_distinct_total
SELECT count(DISTINCT customer_id) AS u, count(DISTINCT order_id) AS o FROM ledger

-- q17_quantile_exact
SELECT method, quantile_disc(amount, 0.5) AS p50, quantile_disc(amount, 0.95) AS p95, quantile_disc(amount, 0.99) AS p99 FROM ledger GROUP BY method ORDER BY method

-- q18_quantile_approx
SELECT method, approx_quantile(amount, 0.5) AS p50, approx_quantile(amount, 0.95) AS p95, approx_quantile(amount, 0.99) AS p99 FROM ledger GROUP BY method ORDER BY method

-- q19_point_order
SELECT event_id, event_time, event_type, status, amount, merchant_id, payment_key FROM ledger WHERE order_id = 'ORD-20260915-A00001' ORDER BY event_time, event_id

-- q20_point_payment
SELECT event_id, event_time, event_type, status, amount, merchant_id, order_id FROM ledger WHERE payment_key = 'pay_1' ORDER BY event_time, event_id

-- q21_point_event
SELECT event_id, event_time, order_id, event_type, status, amount, merchant_id FROM ledger WHERE event_id = 'evt_1'

-- q22_point_missing
SELECT count(*) AS n FROM ledger WHERE order_id = 'ORD-none'

-- q23_lookup_100_orders
SELECT order_id, count(*) AS n, sum(amount) AS amt, max(event_time) AS last FROM ledger WHERE order_id IN ('ORD-1', 'ORD-2') GROUP BY order_id ORDER BY order_id

-- q24_lookup_100_payments
SELECT payment_key, count(*) AS n, sum(amount) AS amt, max(event_time) AS last FROM ledger WHERE payment_key IN ('pay_1', 'pay_2') GROUP BY payment_key ORDER BY payment_key

-- q25_merchant_page
SELECT event_time, event_id, order_id, payment_key, event_type, method, card_issuer, status, amount, fee, tax, settle_date FROM ledger
WHERE merchant_id = 'M000123' AND event_time >= '2026-09-08' AND event_time < '2026-09-23' ORDER BY event_time DESC, event_id DESC LIMIT 50

-- q26_merchant_page_cold
SELECT event_time, event_id, order_id, payment_key, event_type, method, card_issuer, status, amount, fee, tax, settle_date FROM ledger
WHERE merchant_id = 'M009999' ORDER BY event_time DESC, event_id DESC LIMIT 50

-- q27_settlement_join
SELECT p.method AS method, count(*) AS n, sum(p.amount) AS paid, sum(s.amount - s.fee) AS payout, avg(TIMESTAMPDIFF(MILLISECOND, p.event_time, s.event_time)) AS lag_ms
FROM ledger p JOIN ledger s ON p.payment_key = s.payment_key WHERE p.event_type = 'PAYMENT_APPROVED' AND s.event_type = 'SETTLED' GROUP BY p.method ORDER BY 1

-- q28_join_one_day
SELECT p.method AS method, count(*) AS n, sum(p.amount) AS paid, sum(s.amount - s.fee) AS payout
FROM ledger p JOIN ledger s ON p.payment_key = s.payment_key
WHERE p.event_type = 'PAYMENT_APPROVED' AND s.event_type = 'SETTLED' AND p.event_time >= '2026-09-15' AND p.event_time < '2026-09-16' GROUP BY p.method ORDER BY 1

-- q29_latest_status
SELECT last_type, count(*) AS n FROM (SELECT payment_key, arg_max(event_type, event_time) AS last_type FROM ledger GROUP BY payment_key) x GROUP BY last_type ORDER BY last_type

-- q30_like_prefix
SELECT count(*) AS n, sum(amount) AS amt FROM ledger WHERE order_id LIKE 'ORD-20260915-A%'

-- q31_like_contains
SELECT count(*) AS n, sum(amount) AS amt FROM ledger WHERE order_id LIKE '%7K9%'

-- q32_like_lowcard
SELECT category, count(*) AS n, sum(amount) AS amt FROM ledger WHERE category LIKE 'fashion%' OR category LIKE '%golf%' GROUP BY category ORDER BY category

-- q33_having
SELECT merchant_id, count(*) AS n, sum(amount) AS amt FROM ledger WHERE event_type IN ('REFUNDED', 'CANCELLED', 'CHARGEBACK')
GROUP BY merchant_id HAVING count(*) >= 20 ORDER BY n DESC, merchant_id LIMIT 100

-- q34_case_refund_rate
SELECT category, sum(CASE WHEN event_type = 'PAYMENT_APPROVED' THEN amount ELSE 0 END) AS approved,
 sum(CASE WHEN event_type IN ('REFUNDED', 'CANCELLED') THEN amount ELSE 0 END) AS refunded,
 sum(CASE WHEN event_type = 'PAYMENT_FAILED' THEN 1 ELSE 0 END) AS failed FROM ledger WHERE is_test = false GROUP BY category ORDER BY category

-- q35_funnel
SELECT sum(c) AS created, sum(c * p) AS approved, sum(c * p * a) AS acquired, sum(c * p * a * s) AS settled, sum(c * p * a * s * r) AS refunded FROM (
 SELECT order_id, max(CASE WHEN event_type = 'ORDER_CREATED' THEN 1 ELSE 0 END) AS c, max(CASE WHEN event_type = 'PAYMENT_APPROVED' THEN 1 ELSE 0 END) AS p,
 max(CASE WHEN event_type = 'ACQUIRED' THEN 1 ELSE 0 END) AS a, max(CASE WHEN event_type = 'SETTLED' THEN 1 ELSE 0 END) AS s,
 max(CASE WHEN event_type = 'REFUNDED' THEN 1 ELSE 0 END) AS r FROM ledger GROUP BY order_id) x

-- q36_json_filter
SELECT attrs.device.version AS ver, count(*) AS n, sum(amount) AS amt FROM ledger WHERE attrs.device.os = 'iOS' GROUP BY 1 ORDER BY 1

-- q37_json_promo
SELECT attrs.promo.code AS promo, count(*) AS n, sum(amount) AS amt FROM ledger WHERE attrs.promo.code IS NOT NULL AND attrs.utm.source = 'naver' GROUP BY 1 ORDER BY amt DESC, promo LIMIT 20

-- q38_coupon_contains
SELECT count(*) AS n, sum(amount) AS amt, sum(discount) AS disc FROM ledger WHERE list_contains(coupon_ids, 'CPN0042')

-- q39_coupon_top
SELECT c, count(*) AS n, sum(amount) AS amt FROM (SELECT unnest(coupon_ids) AS c, amount FROM ledger WHERE event_type = 'PAYMENT_APPROVED') x GROUP BY c ORDER BY n DESC, c LIMIT 20

-- q40_week_over_week
SELECT method, sum(CASE WHEN event_time >= '2026-09-15' AND event_time < '2026-09-22' THEN amount ELSE 0 END) AS this_week,
 sum(CASE WHEN event_time >= '2026-09-08' AND event_time < '2026-09-15' THEN amount ELSE 0 END) AS last_week FROM ledger
WHERE event_time >= '2026-09-08' AND event_time < '2026-09-22' AND event_type = 'PAYMENT_APPROVED' GROUP BY method ORDER BY method

-- q41_rollup_full
SELECT h, merchant_id, method, status, amt, n FROM (SELECT TIME_FLOOR(event_time, 'PT1H') AS h, merchant_id, method, status, sum(amount) AS amt, count(*) AS n FROM ledger
 GROUP BY 1, merchant_id, method, status) x ORDER BY amt DESC, h, merchant_id, method, status LIMIT 10

-- q42_rollup_dashboard
SELECT TIME_FLOOR(event_time, 'PT1H') AS h, method, status, sum(amount) AS amt, count(*) AS n FROM ledger
WHERE merchant_id IN ('M000001', 'M000002', 'M000003') AND event_time >= '2026-09-08' AND event_time < '2026-09-22' GROUP BY 1, method, status ORDER BY 1, method, status
