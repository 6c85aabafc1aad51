/// Rows in segment order, ready to be written, with what was cheaper to find before they were put
/// in order.
public struct OrderedRows: Sendable {
    /// The rows. VARCHAR columns that have an entry in `textHashes` are packed, by the narrowest
    /// pattern of their texts.
    public let batch: RowBatch
    /// By column index the hash of each row's text (`Hashing.hash`), taken while the texts stood
    /// one behind the other; of NULL rows, any number.
    let textHashes: [Int: [UInt64]]
    /// For each row, where it was before, one part behind the other; `nil` where it is still there.
    public let order: [Int32]?

    init(_ batch: RowBatch, textHashes: [Int: [UInt64]] = [:], order: [Int32]? = nil) {
        self.batch = batch
        self.textHashes = textHashes
        self.order = order
    }
}
