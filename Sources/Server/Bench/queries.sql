-- The bench's questions: what dashboards over a ledger ask, for Daybook and for the engines it is
-- compared with. `daybook bench` is built with this file, `bench/peers/compare.py` reads it.
--
-- `-- query ID CLASS [within RELATIVE]: title` opens a query; `-- for NAME` its text for an engine,
-- `-- not possible` where the engine has no such thing. `{{name}}` is a parameter: d7 is the start
-- of day 7 in milliseconds, t7 the same as text. The engines hold event_time as milliseconds,
-- Daybook as TIMESTAMP; days are Korean ones. Answers must be equal: exactly, doubles to 1e-6, and
-- to RELATIVE where quantiles may be taken differently or the question asks for an estimate.

-- query q01 scan: sums of the whole table
-- for everyone
SELECT COUNT(*) AS n, SUM(amount) AS amount, SUM(fee) AS fee, SUM(tax) AS tax FROM ledger;

-- query q02 series: a sum per hour
-- for daybook
SELECT TIME_FLOOR(event_time, 'PT1H') AS h, SUM(amount) AS amount, COUNT(*) AS n FROM ledger GROUP BY 1 ORDER BY 1;
-- for everyone else
SELECT event_time - event_time % 3600000 AS h, SUM(amount) AS amount, COUNT(*) AS n FROM ledger GROUP BY 1 ORDER BY 1;

-- query q03 series: sums per day in Korea
-- for daybook
SELECT TIME_FLOOR(event_time + INTERVAL '9' HOUR, 'P1D') AS d, SUM(amount) AS amount, SUM(fee) AS fee, COUNT(*) AS n FROM ledger GROUP BY 1 ORDER BY 1;
-- for everyone else
SELECT (event_time + 32400000) - (event_time + 32400000) % 86400000 AS d, SUM(amount) AS amount, SUM(fee) AS fee, COUNT(*) AS n FROM ledger GROUP BY 1 ORDER BY 1;

-- query q04 filtered-series: hours of a week, cards that are done
-- for daybook
SELECT TIME_FLOOR(event_time, 'PT1H') AS h, SUM(amount) AS amount, COUNT(*) AS n FROM ledger
WHERE event_time >= TIMESTAMP '{{t14}}' AND event_time < TIMESTAMP '{{t21}}' AND method = 'CARD' AND status = 'DONE'
GROUP BY 1 ORDER BY 1;
-- for everyone else
SELECT event_time - event_time % 3600000 AS h, SUM(amount) AS amount, COUNT(*) AS n FROM ledger
WHERE event_time >= {{d14}} AND event_time < {{d21}} AND method = 'CARD' AND status = 'DONE'
GROUP BY 1 ORDER BY 1;

-- query q05 filtered-series: days of one merchant
-- for daybook
SELECT TIME_FLOOR(event_time + INTERVAL '9' HOUR, 'P1D') AS d, event_type, SUM(amount) AS amount, COUNT(*) AS n FROM ledger
WHERE merchant_id = '{{mid_merchant}}' GROUP BY 1, 2 ORDER BY 1, 2;
-- for everyone else
SELECT (event_time + 32400000) - (event_time + 32400000) % 86400000 AS d, event_type, SUM(amount) AS amount, COUNT(*) AS n FROM ledger
WHERE merchant_id = '{{mid_merchant}}' GROUP BY 1, 2 ORDER BY 1, 2;

-- query q06 filtered-series: days of twenty merchants and three kinds of event
-- for daybook
SELECT TIME_FLOOR(event_time + INTERVAL '9' HOUR, 'P1D') AS d, SUM(amount) AS amount, COUNT(*) AS n FROM ledger
WHERE merchant_id IN ({{merchants20}}) AND event_type IN ('PAYMENT_APPROVED', 'REFUNDED', 'CANCELLED')
GROUP BY 1 ORDER BY 1;
-- for everyone else
SELECT (event_time + 32400000) - (event_time + 32400000) % 86400000 AS d, SUM(amount) AS amount, COUNT(*) AS n FROM ledger
WHERE merchant_id IN ({{merchants20}}) AND event_type IN ('PAYMENT_APPROVED', 'REFUNDED', 'CANCELLED')
GROUP BY 1 ORDER BY 1;

-- query q07 filtered-series: hours, a filter of nots and ors
-- for daybook
SELECT TIME_FLOOR(event_time, 'PT1H') AS h, SUM(amount) AS amount, COUNT(*) AS n FROM ledger
WHERE NOT (method IN ('CARD', 'EASY_PAY')) AND (region = '서울' OR channel = 'POS') AND is_test = FALSE
GROUP BY 1 ORDER BY 1;
-- for everyone else
SELECT event_time - event_time % 3600000 AS h, SUM(amount) AS amount, COUNT(*) AS n FROM ledger
WHERE NOT (method IN ('CARD', 'EASY_PAY')) AND (region = '서울' OR channel = 'POS') AND is_test = FALSE
GROUP BY 1 ORDER BY 1;

-- query q08 top: merchants of four days, top twenty
-- for daybook
SELECT merchant_id, SUM(amount) AS amt, COUNT(*) AS n FROM ledger
WHERE event_time >= TIMESTAMP '{{t10}}' AND event_time < TIMESTAMP '{{t14}}' AND event_type = 'PAYMENT_APPROVED'
GROUP BY merchant_id ORDER BY amt DESC, merchant_id LIMIT 20;
-- for everyone else
SELECT merchant_id, SUM(amount) AS amt, COUNT(*) AS n FROM ledger
WHERE event_time >= {{d10}} AND event_time < {{d14}} AND event_type = 'PAYMENT_APPROVED'
GROUP BY merchant_id ORDER BY amt DESC, merchant_id LIMIT 20;

-- query q09 top: merchants, top twenty
-- for everyone
SELECT merchant_id, SUM(amount) AS amt, COUNT(*) AS n FROM ledger
GROUP BY merchant_id ORDER BY amt DESC, merchant_id LIMIT 20;

-- query q10 groups: groups by two columns
-- for everyone
SELECT method, status, COUNT(*) AS n, SUM(amount) AS amt FROM ledger GROUP BY method, status ORDER BY method, status;

-- query q11 groups: groups by four columns
-- for everyone
SELECT event_type, method, region, channel, COUNT(*) AS n, SUM(amount) AS amt, MIN(amount) AS mn, MAX(amount) AS mx FROM ledger
GROUP BY event_type, method, region, channel ORDER BY event_type, method, region, channel;

-- query q12 groups: groups by three columns on one day
-- for daybook
SELECT category, channel, currency, COUNT(*) AS n, SUM(amount) AS amt, AVG(discount) AS disc FROM ledger
WHERE event_time >= TIMESTAMP '{{t14}}' AND event_time < TIMESTAMP '{{t15}}' GROUP BY category, channel, currency
ORDER BY amt DESC, category, channel, currency LIMIT 100;
-- for everyone else
SELECT category, channel, currency, COUNT(*) AS n, SUM(amount) AS amt, AVG(discount) AS disc FROM ledger
WHERE event_time >= {{d14}} AND event_time < {{d15}} GROUP BY category, channel, currency
ORDER BY amt DESC, category, channel, currency LIMIT 100;

-- query q13 many-groups: a group for each order, top twenty
-- for everyone
SELECT customer_id, order_id, SUM(amount) AS amt, COUNT(*) AS n FROM ledger
GROUP BY customer_id, order_id ORDER BY amt DESC, customer_id, order_id LIMIT 20;

-- query q14 distinct: customers per day
-- for daybook
SELECT TIME_FLOOR(event_time + INTERVAL '9' HOUR, 'P1D') AS d, COUNT(DISTINCT customer_id) AS u FROM ledger GROUP BY 1 ORDER BY 1;
-- for everyone else
SELECT (event_time + 32400000) - (event_time + 32400000) % 86400000 AS d, COUNT(DISTINCT customer_id) AS u FROM ledger GROUP BY 1 ORDER BY 1;

-- query q15 distinct within 0.1: customers per day, about
-- for daybook
SELECT TIME_FLOOR(event_time + INTERVAL '9' HOUR, 'P1D') AS d, APPROX_COUNT_DISTINCT(customer_id) AS u FROM ledger GROUP BY 1 ORDER BY 1;
-- for everyone else
SELECT (event_time + 32400000) - (event_time + 32400000) % 86400000 AS d, APPROX_COUNT_DISTINCT(customer_id) AS u FROM ledger GROUP BY 1 ORDER BY 1;
-- for clickhouse
SELECT (event_time + 32400000) - (event_time + 32400000) % 86400000 AS d, uniqCombined(customer_id) AS u FROM ledger GROUP BY 1 ORDER BY 1;
-- for datafusion
SELECT (event_time + 32400000) - (event_time + 32400000) % 86400000 AS d, approx_distinct(customer_id) AS u FROM ledger GROUP BY 1 ORDER BY 1;
-- for postgres
-- not possible
-- for polars
-- not possible

-- query q16 distinct: customers and orders
-- for everyone
SELECT COUNT(DISTINCT customer_id) AS u, COUNT(DISTINCT order_id) AS o FROM ledger;

-- query q17 quantile within 0.002: exact quantiles by method
-- for daybook
SELECT method, PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY amount) AS p50,
  PERCENTILE_DISC(0.95) WITHIN GROUP (ORDER BY amount) AS p95,
  PERCENTILE_DISC(0.99) WITHIN GROUP (ORDER BY amount) AS p99 FROM ledger
GROUP BY method ORDER BY method;
-- for everyone else
SELECT method, quantile_disc(amount, 0.5) AS p50, quantile_disc(amount, 0.95) AS p95, quantile_disc(amount, 0.99) AS p99 FROM ledger
GROUP BY method ORDER BY method;
-- for clickhouse
SELECT method, quantileExact(0.5)(amount) AS p50, quantileExact(0.95)(amount) AS p95, quantileExact(0.99)(amount) AS p99 FROM ledger GROUP BY method ORDER BY method;
-- for postgres
SELECT method, percentile_disc(0.5) WITHIN GROUP (ORDER BY amount) AS p50, percentile_disc(0.95) WITHIN GROUP (ORDER BY amount) AS p95, percentile_disc(0.99) WITHIN GROUP (ORDER BY amount) AS p99 FROM ledger GROUP BY method ORDER BY method;
-- for datafusion
SELECT method, percentile_cont(amount, 0.5) AS p50, percentile_cont(amount, 0.95) AS p95, percentile_cont(amount, 0.99) AS p99 FROM ledger GROUP BY method ORDER BY method;

-- query q18 quantile within 0.03: quantiles by method, about
-- for everyone
SELECT method, APPROX_QUANTILE(amount, 0.5) AS p50, APPROX_QUANTILE(amount, 0.95) AS p95, APPROX_QUANTILE(amount, 0.99) AS p99 FROM ledger
GROUP BY method ORDER BY method;
-- for clickhouse
SELECT method, quantileTDigest(0.5)(amount) AS p50, quantileTDigest(0.95)(amount) AS p95, quantileTDigest(0.99)(amount) AS p99 FROM ledger GROUP BY method ORDER BY method;
-- for datafusion
SELECT method, approx_percentile_cont(amount, 0.5) AS p50, approx_percentile_cont(amount, 0.95) AS p95, approx_percentile_cont(amount, 0.99) AS p99 FROM ledger GROUP BY method ORDER BY method;
-- for postgres
-- not possible
-- for polars
-- not possible

-- query q19 point: the events of an order
-- for everyone
SELECT event_id, event_time, event_type, status, amount, merchant_id, payment_key FROM ledger
WHERE order_id = '{{order_id}}' ORDER BY event_time, event_id;

-- query q20 point: the events of a payment
-- for everyone
SELECT event_id, event_time, event_type, status, amount, merchant_id, order_id FROM ledger
WHERE payment_key = '{{payment_key}}' ORDER BY event_time, event_id;

-- query q21 point: an event
-- for everyone
SELECT event_id, event_time, order_id, event_type, status, amount, merchant_id FROM ledger WHERE event_id = '{{event_id}}';

-- query q22 point: an order that does not exist
-- for everyone
SELECT COUNT(*) AS n FROM ledger WHERE order_id = '{{missing_order_id}}';

-- query q23 hundred: a hundred orders
-- for everyone
SELECT order_id, COUNT(*) AS n, SUM(amount) AS amt, MAX(event_time) AS latest FROM ledger
WHERE order_id IN ({{orders100}}) GROUP BY order_id ORDER BY order_id;

-- query q24 hundred: a hundred payments
-- for everyone
SELECT payment_key, COUNT(*) AS n, SUM(amount) AS amt, MAX(event_time) AS latest FROM ledger
WHERE payment_key IN ({{payments100}}) GROUP BY payment_key ORDER BY payment_key;

-- query q25 page: the latest events of a merchant
-- for daybook
SELECT event_time, event_id, order_id, payment_key, event_type, method, card_issuer, status, amount, fee, tax, settle_date FROM ledger
WHERE merchant_id = '{{mid_merchant}}' AND event_time >= TIMESTAMP '{{t7}}' AND event_time < TIMESTAMP '{{t22}}'
ORDER BY event_time DESC, event_id DESC LIMIT 50;
-- for everyone else
SELECT event_time, event_id, order_id, payment_key, event_type, method, card_issuer, status, amount, fee, tax, settle_date FROM ledger
WHERE merchant_id = '{{mid_merchant}}' AND event_time >= {{d7}} AND event_time < {{d22}}
ORDER BY event_time DESC, event_id DESC LIMIT 50;

-- query q26 page: the latest events of a quiet merchant
-- for everyone
SELECT event_time, event_id, order_id, payment_key, event_type, method, card_issuer, status, amount, fee, tax, settle_date FROM ledger
WHERE merchant_id = '{{cold_merchant}}' ORDER BY event_time DESC, event_id DESC LIMIT 50;

-- query q27 join: payments with their settlements
-- for daybook
SELECT p.method AS method, COUNT(*) AS n, SUM(p.amount) AS paid, SUM(s.amount - s.fee) AS payout,
  AVG(TIMESTAMP_TO_MILLIS(s.event_time) - TIMESTAMP_TO_MILLIS(p.event_time)) AS lag
FROM ledger p JOIN ledger s ON p.payment_key = s.payment_key
WHERE p.event_type = 'PAYMENT_APPROVED' AND s.event_type = 'SETTLED' GROUP BY p.method ORDER BY 1;
-- for everyone else
SELECT p.method AS method, COUNT(*) AS n, SUM(p.amount) AS paid, SUM(s.amount - s.fee) AS payout,
  AVG(s.event_time - p.event_time) AS lag
FROM ledger p JOIN ledger s ON p.payment_key = s.payment_key
WHERE p.event_type = 'PAYMENT_APPROVED' AND s.event_type = 'SETTLED' GROUP BY p.method ORDER BY 1;

-- query q28 join: payments of one day with their settlements
-- for daybook
SELECT p.method AS method, COUNT(*) AS n, SUM(p.amount) AS paid, SUM(s.amount - s.fee) AS payout
FROM ledger p JOIN ledger s ON p.payment_key = s.payment_key
WHERE p.event_type = 'PAYMENT_APPROVED' AND s.event_type = 'SETTLED'
  AND p.event_time >= TIMESTAMP '{{t14}}' AND p.event_time < TIMESTAMP '{{t15}}' GROUP BY p.method ORDER BY 1;
-- for everyone else
SELECT p.method AS method, COUNT(*) AS n, SUM(p.amount) AS paid, SUM(s.amount - s.fee) AS payout
FROM ledger p JOIN ledger s ON p.payment_key = s.payment_key
WHERE p.event_type = 'PAYMENT_APPROVED' AND s.event_type = 'SETTLED'
  AND p.event_time >= {{d14}} AND p.event_time < {{d15}} GROUP BY p.method ORDER BY 1;

-- query q29 latest: payments by their latest event
-- for daybook
SELECT latest, COUNT(*) AS n FROM (
  SELECT payment_key, ARG_MAX(event_type, event_time) AS latest FROM ledger GROUP BY payment_key) x
GROUP BY latest ORDER BY latest;
-- for everyone else
SELECT latest, COUNT(*) AS n FROM (
  SELECT payment_key, arg_max(event_type, event_time) AS latest FROM ledger GROUP BY payment_key) x
GROUP BY latest ORDER BY latest;
-- for clickhouse
SELECT latest, COUNT(*) AS n FROM (
  SELECT payment_key, argMax(event_type, event_time) AS latest FROM ledger GROUP BY payment_key) x
GROUP BY latest ORDER BY latest;
-- for postgres
SELECT latest, COUNT(*) AS n FROM (
  SELECT DISTINCT ON (payment_key) payment_key, event_type AS latest FROM ledger
  ORDER BY payment_key, event_time DESC) x GROUP BY latest ORDER BY latest;
-- for datafusion
SELECT latest, COUNT(*) AS n FROM (
  SELECT payment_key, last_value(event_type ORDER BY event_time) AS latest FROM ledger GROUP BY payment_key) x
GROUP BY latest ORDER BY latest;
-- for polars
-- not possible

-- query q30 like: orders whose id begins so
-- for everyone
SELECT COUNT(*) AS n, SUM(amount) AS amt FROM ledger WHERE order_id LIKE 'ORD-20260915-A%';

-- query q31 like: orders whose id contains that
-- for everyone
SELECT COUNT(*) AS n, SUM(amount) AS amt FROM ledger WHERE order_id LIKE '%7K9%';

-- query q32 like: categories by pattern
-- for everyone
SELECT category, COUNT(*) AS n, SUM(amount) AS amt FROM ledger
WHERE category LIKE 'fashion%' OR category LIKE '%golf%' GROUP BY category ORDER BY category;

-- query q33 having: merchants with many refunds
-- for everyone
SELECT merchant_id, COUNT(*) AS n, SUM(amount) AS amt FROM ledger WHERE event_type IN ('REFUNDED', 'CANCELLED', 'CHARGEBACK')
GROUP BY merchant_id HAVING COUNT(*) >= 20 ORDER BY n DESC, merchant_id LIMIT 100;

-- query q34 case: refunds by category
-- for everyone
SELECT category, SUM(CASE WHEN event_type = 'PAYMENT_APPROVED' THEN amount ELSE 0 END) AS approved,
  SUM(CASE WHEN event_type IN ('REFUNDED', 'CANCELLED') THEN amount ELSE 0 END) AS refunded,
  SUM(CASE WHEN event_type = 'PAYMENT_FAILED' THEN 1 ELSE 0 END) AS failed
FROM ledger WHERE is_test = FALSE GROUP BY category ORDER BY category;

-- query q35 funnel: how far orders get
-- for everyone
SELECT SUM(c) AS created, SUM(c * p) AS approved, SUM(c * p * a) AS acquired, SUM(c * p * a * s) AS settled,
  SUM(c * p * a * s * r) AS refunded FROM (
  SELECT order_id, MAX(CASE WHEN event_type = 'ORDER_CREATED' THEN 1 ELSE 0 END) AS c,
    MAX(CASE WHEN event_type = 'PAYMENT_APPROVED' THEN 1 ELSE 0 END) AS p,
    MAX(CASE WHEN event_type = 'ACQUIRED' THEN 1 ELSE 0 END) AS a,
    MAX(CASE WHEN event_type = 'SETTLED' THEN 1 ELSE 0 END) AS s,
    MAX(CASE WHEN event_type = 'REFUNDED' THEN 1 ELSE 0 END) AS r
  FROM ledger GROUP BY order_id) x;

-- query q36 json: versions of one system
-- for daybook
SELECT JSON_VALUE(attrs, '$.device.version') AS ver, COUNT(*) AS n, SUM(amount) AS amt FROM ledger WHERE JSON_VALUE(attrs, '$.device.os') = 'iOS' GROUP BY 1 ORDER BY 1;
-- for everyone else
SELECT attrs.device.version AS ver, COUNT(*) AS n, SUM(amount) AS amt FROM ledger WHERE attrs.device.os = 'iOS' GROUP BY 1 ORDER BY 1;
-- for clickhouse
SELECT attrs.device.version::String AS ver, COUNT(*) AS n, SUM(amount) AS amt FROM ledger WHERE attrs.device.os::String = 'iOS' GROUP BY 1 ORDER BY 1;
-- for postgres
SELECT attrs->'device'->>'version' AS ver, COUNT(*) AS n, SUM(amount) AS amt FROM ledger WHERE attrs->'device'->>'os' = 'iOS' GROUP BY 1 ORDER BY 1;
-- for datafusion
SELECT attrs['device']['version'] AS ver, COUNT(*) AS n, SUM(amount) AS amt FROM ledger WHERE attrs['device']['os'] = 'iOS' GROUP BY 1 ORDER BY 1;
-- for polars
-- not possible

-- query q37 json: promotions of one source
-- for daybook
SELECT JSON_VALUE(attrs, '$.promo.code') AS promo, COUNT(*) AS n, SUM(amount) AS amt FROM ledger
WHERE JSON_VALUE(attrs, '$.promo.code') IS NOT NULL AND JSON_VALUE(attrs, '$.utm.source') = 'naver' GROUP BY 1 ORDER BY amt DESC, promo LIMIT 20;
-- for everyone else
SELECT attrs.promo.code AS promo, COUNT(*) AS n, SUM(amount) AS amt FROM ledger
WHERE attrs.promo.code IS NOT NULL AND attrs.utm.source = 'naver' GROUP BY 1 ORDER BY amt DESC, promo LIMIT 20;
-- for clickhouse
SELECT attrs.promo.code::String AS promo, COUNT(*) AS n, SUM(amount) AS amt FROM ledger
WHERE attrs.promo.code IS NOT NULL AND attrs.utm.source::String = 'naver' GROUP BY 1 ORDER BY amt DESC, promo LIMIT 20;
-- for postgres
SELECT attrs->'promo'->>'code' AS promo, COUNT(*) AS n, SUM(amount) AS amt FROM ledger
WHERE attrs->'promo'->>'code' IS NOT NULL AND attrs->'utm'->>'source' = 'naver' GROUP BY 1 ORDER BY amt DESC, promo LIMIT 20;
-- for datafusion
SELECT attrs['promo']['code'] AS promo, COUNT(*) AS n, SUM(amount) AS amt FROM ledger
WHERE attrs['promo']['code'] IS NOT NULL AND attrs['utm']['source'] = 'naver' GROUP BY 1 ORDER BY amt DESC, promo LIMIT 20;
-- for polars
-- not possible

-- query q38 contains: orders with one coupon
-- for daybook
SELECT COUNT(*) AS n, SUM(amount) AS amt, SUM(discount) AS disc FROM ledger WHERE ARRAY_CONTAINS(coupon_ids, 'CPN0042');
-- for everyone else
SELECT COUNT(*) AS n, SUM(amount) AS amt, SUM(discount) AS disc FROM ledger WHERE list_contains(coupon_ids, 'CPN0042');
-- for clickhouse
SELECT COUNT(*) AS n, SUM(amount) AS amt, SUM(discount) AS disc FROM ledger WHERE has(coupon_ids, 'CPN0042');
-- for postgres
SELECT COUNT(*) AS n, SUM(amount) AS amt, SUM(discount) AS disc FROM ledger WHERE coupon_ids @> ARRAY['CPN0042'];
-- for datafusion
SELECT COUNT(*) AS n, SUM(amount) AS amt, SUM(discount) AS disc FROM ledger WHERE array_has(coupon_ids, 'CPN0042');
-- for polars
SELECT COUNT(*) AS n, SUM(amount) AS amt, SUM(discount) AS disc FROM ledger WHERE ARRAY_CONTAINS(coupon_ids, 'CPN0042');

-- query q39 array: coupons, top twenty
-- for daybook
SELECT c, COUNT(*) AS n, SUM(amount) AS amt FROM ledger CROSS JOIN UNNEST(coupon_ids) AS u(c)
WHERE event_type = 'PAYMENT_APPROVED' GROUP BY c ORDER BY n DESC, c LIMIT 20;
-- for everyone else
SELECT c, COUNT(*) AS n, SUM(amount) AS amt FROM (
  SELECT unnest(coupon_ids) AS c, amount FROM ledger WHERE event_type = 'PAYMENT_APPROVED') x
GROUP BY c ORDER BY n DESC, c LIMIT 20;
-- for clickhouse
SELECT c, COUNT(*) AS n, SUM(amount) AS amt FROM (
  SELECT arrayJoin(coupon_ids) AS c, amount FROM ledger WHERE event_type = 'PAYMENT_APPROVED') x
GROUP BY c ORDER BY n DESC, c LIMIT 20;
-- for polars
SELECT c, COUNT(*) AS n, SUM(amount) AS amt FROM (
  SELECT unnest(coupon_ids) AS c, amount FROM ledger WHERE event_type = 'PAYMENT_APPROVED') x
WHERE c IS NOT NULL GROUP BY c ORDER BY n DESC, c LIMIT 20;

-- query q40 filtered-series: this week and the last by method
-- for daybook
SELECT method, SUM(CASE WHEN event_time >= TIMESTAMP '{{t14}}' AND event_time < TIMESTAMP '{{t21}}' THEN amount ELSE 0 END) AS this_week,
  SUM(CASE WHEN event_time >= TIMESTAMP '{{t7}}' AND event_time < TIMESTAMP '{{t14}}' THEN amount ELSE 0 END) AS last_week
FROM ledger WHERE event_time >= TIMESTAMP '{{t7}}' AND event_time < TIMESTAMP '{{t21}}' AND event_type = 'PAYMENT_APPROVED'
GROUP BY method ORDER BY method;
-- for everyone else
SELECT method, SUM(CASE WHEN event_time >= {{d14}} AND event_time < {{d21}} THEN amount ELSE 0 END) AS this_week,
  SUM(CASE WHEN event_time >= {{d7}} AND event_time < {{d14}} THEN amount ELSE 0 END) AS last_week
FROM ledger WHERE event_time >= {{d7}} AND event_time < {{d21}} AND event_type = 'PAYMENT_APPROVED'
GROUP BY method ORDER BY method;

-- query q41 many-groups: hours of every merchant, method and status, top ten
-- for daybook
SELECT h, merchant_id, method, status, amt, n FROM (
  SELECT TIME_FLOOR(event_time, 'PT1H') AS h, merchant_id, method, status, SUM(amount) AS amt, COUNT(*) AS n
  FROM ledger GROUP BY 1, merchant_id, method, status) x
ORDER BY amt DESC, h, merchant_id, method, status LIMIT 10;
-- for everyone else
SELECT h, merchant_id, method, status, amt, n FROM (
  SELECT event_time - event_time % 3600000 AS h, merchant_id, method, status, SUM(amount) AS amt, COUNT(*) AS n
  FROM ledger GROUP BY 1, merchant_id, method, status) x
ORDER BY amt DESC, h, merchant_id, method, status LIMIT 10;

-- query q42 filtered-series: hours of twenty merchants by method and status
-- for daybook
SELECT TIME_FLOOR(event_time, 'PT1H') AS h, method, status, SUM(amount) AS amt, COUNT(*) AS n FROM ledger
WHERE merchant_id IN ({{merchants20}}) AND event_time >= TIMESTAMP '{{t7}}' AND event_time < TIMESTAMP '{{t21}}'
GROUP BY 1, method, status ORDER BY 1, method, status;
-- for everyone else
SELECT event_time - event_time % 3600000 AS h, method, status, SUM(amount) AS amt, COUNT(*) AS n FROM ledger
WHERE merchant_id IN ({{merchants20}}) AND event_time >= {{d7}} AND event_time < {{d21}}
GROUP BY 1, method, status ORDER BY 1, method, status;
