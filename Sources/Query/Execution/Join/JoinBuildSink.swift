import Segments

/// Collects the rows of the side of a join that is kept in memory; belongs to one worker.
final class JoinBuildSink: Sink {
    private let hasher: JoinKeyHasher
    private let shape: JoinShape
    private let context: QueryContext
    private var columns: [ColumnAppender]
    /// Keys that are no columns of the side.
    private var keys: [ColumnAppender?]
    private var hashes: [UInt64] = []
    private var validity = Bitmap(count: 0)
    private var rowCount = 0
    private var totalCount = 0
    private var heldBytes = 0

    init(_ shape: JoinShape, _ context: QueryContext) {
        self.shape = shape
        self.context = context
        hasher = JoinKeyHasher(shape.buildKeys, isWide: shape.isWide, seed: shape.seed)
        columns = shape.buildTypes.map { ColumnAppender($0) }
        keys = shape.buildKeys.map { key in
            if case .column = key { nil } else { ColumnAppender(key.type) }
        }
    }

    func add(_ batch: Batch) throws(QueryError) {
        totalCount += batch.rowCount
        var batch = batch
        var found = try hasher.keys(of: batch)
        if let bits = found.validity, !shape.keepsBuildRows {
            let rows = (0..<Int32(truncatingIfNeeded: batch.rowCount)).filter { bits[Int($0)] }
            if rows.isEmpty { return }
            if rows.count < batch.rowCount {
                batch = batch.narrowed(to: rows)
                found.hashes = rows.map { found.hashes[Int($0)] }
                found.columns = found.columns.map { $0.gather(rows) }
            }
            found.validity = nil
        }
        if shape.keepsBuildRows {
            for row in 0..<batch.rowCount { validity.append(found.validity?[row] ?? true) }
        }
        for index in columns.indices { columns[index].append(try batch.column(index)) }
        for index in keys.indices { keys[index]?.append(found.columns[index]) }
        if !keys.isEmpty { hashes.append(contentsOf: found.hashes) }
        rowCount += batch.rowCount
        try account()
    }

    /// Takes over the rows of another worker.
    private func merge(_ other: JoinBuildSink) throws(QueryError) {
        for index in columns.indices { columns[index].append(other.columns[index].finish()) }
        for index in keys.indices {
            if let column = other.keys[index]?.finish() { keys[index]?.append(column) }
        }
        if shape.keepsBuildRows {
            for row in 0..<other.rowCount { validity.append(other.validity[row]) }
        }
        hashes.append(contentsOf: other.hashes)
        rowCount += other.rowCount
        totalCount += other.totalCount
        try context.hold(-other.heldBytes, hint: JoinShape.memoryHint)
        try account()
    }

    private func account() throws(QueryError) {
        let parts = columns.reduce(0) { $0 + $1.memoryBytes } + hashes.count * 8
        let bytes = keys.reduce(parts) { $0 + ($1?.memoryBytes ?? 0) }
        try context.hold(bytes - heldBytes, hint: JoinShape.memoryHint)
        heldBytes = bytes
    }

    /// The table over the rows of all workers.
    static func table(
        _ sinks: [JoinBuildSink], _ context: QueryContext
    ) throws(QueryError) -> JoinTable {
        let first = sinks[0]
        for other in sinks.dropFirst() {
            try context.check()
            try first.merge(other)
        }
        let columns = first.columns.map { $0.finish() }
        let keys = zip(first.shape.buildKeys, first.keys).enumerated().map { index, key in
            let column: Column
            if case .column(let position, _) = key.0 {
                column = columns[position]
            } else {
                column = key.1?.finish() ?? Column.nulls(of: key.0.type, count: first.rowCount)
            }
            return JoinKeyColumn(column, isWide: first.shape.isWide[index])
        }
        let table = JoinTable(
            columns: columns, keys: keys, hashes: first.hashes,
            validity: first.shape.keepsBuildRows ? first.validity : nil,
            rowCount: first.rowCount, totalCount: first.totalCount)
        try context.hold(
            table.memoryBytes - first.hashes.count * 8, hint: JoinShape.memoryHint)
        return table
    }
}
