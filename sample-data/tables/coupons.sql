CREATE TABLE coupons (
  event_id VARCHAR NOT NULL,
  event_time TIMESTAMP NOT NULL,
  coupon_id VARCHAR,
  campaign_id VARCHAR,
  customer_id VARCHAR,
  event_type VARCHAR,
  face_value BIGINT,
  minimum_order BIGINT,
  expires_on DATE,
  order_id VARCHAR,
  UNIQUE (event_id)
)
TIMESTAMP (event_time)
PARTITION BY DAY
CLUSTER BY (campaign_id)
LOOKUP (coupon_id)
WITH (unknown_fields = 'reject');
