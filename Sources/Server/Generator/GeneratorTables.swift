/// The table each stream goes into, as the statement that creates it.
///
/// The same statements stand in `sample-data/tables`, one file per stream.
public enum GeneratorTables {
    /// The statement for a stream, with a line feed at its end.
    public static func createTable(for stream: GeneratorOptions.Stream) -> String {
        switch stream {
        case .ledger: ledger
        case .drafts: drafts
        case .stock: stock
        case .coupons: coupons
        }
    }

    /// Events of orders and their payments; times in milliseconds, amounts in the currency's unit.
    public static let ledger = """
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

        """

    /// Draft orders; `version` counts the changes of a draft, `order_id` comes with its submission.
    public static let drafts = """
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

        """

    /// Stock movements; `quantity` is signed, `unit_cost` in KRW.
    public static let stock = """
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

        """

    /// Coupon events; values in KRW, `order_id` where a coupon was used.
    public static let coupons = """
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

        """
}
