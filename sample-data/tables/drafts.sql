CREATE TABLE drafts (
  event_id VARCHAR NOT NULL,
  event_time TIMESTAMP NOT NULL,
  draft_id VARCHAR,
  customer_id VARCHAR,
  store_id VARCHAR,
  channel VARCHAR,
  event_type VARCHAR,
  version BIGINT,
  item_count BIGINT,
  amount BIGINT,
  currency VARCHAR,
  order_id VARCHAR,
  UNIQUE (event_id)
)
TIMESTAMP (event_time)
PARTITION BY DAY
CLUSTER BY (store_id)
LOOKUP (draft_id, order_id)
WITH (unknown_fields = 'reject');
