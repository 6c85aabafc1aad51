CREATE TABLE stock (
  event_id VARCHAR NOT NULL,
  event_time TIMESTAMP NOT NULL,
  consignment_id VARCHAR,
  store_id VARCHAR,
  sku VARCHAR,
  event_type VARCHAR,
  quantity BIGINT,
  unit_cost BIGINT,
  UNIQUE (event_id)
)
TIMESTAMP (event_time)
PARTITION BY DAY
CLUSTER BY (store_id)
LOOKUP (consignment_id)
WITH (unknown_fields = 'reject');
