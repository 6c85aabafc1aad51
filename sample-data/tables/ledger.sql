CREATE TABLE ledger (
  event_id VARCHAR NOT NULL,
  event_time TIMESTAMP NOT NULL,
  order_id VARCHAR,
  payment_key VARCHAR,
  merchant_id VARCHAR,
  store_id VARCHAR,
  customer_id VARCHAR,
  event_type VARCHAR,
  method VARCHAR,
  card_issuer VARCHAR,
  status VARCHAR,
  region VARCHAR,
  category VARCHAR,
  currency VARCHAR,
  channel VARCHAR,
  coupon_ids VARCHAR ARRAY,
  is_test BOOLEAN,
  amount BIGINT,
  fee BIGINT,
  tax BIGINT,
  quantity BIGINT,
  discount DOUBLE,
  settle_date DATE,
  attrs JSON,
  UNIQUE (event_id)
)
TIMESTAMP (event_time)
PARTITION BY DAY
CLUSTER BY (merchant_id)
LOOKUP (order_id, payment_key)
WITH (unknown_fields = 'reject');
