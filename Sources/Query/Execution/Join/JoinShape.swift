import Segments

/// A join as it is run: one side is kept in memory (build), the rows of the other look for their
/// matches in it (probe).
struct JoinShape: Sendable {
    /// The join, its kind as the probing rows see it: never `right` or `full`.
    let join: Join
    /// Whether the probing side is the left one.
    let probeIsLeft: Bool
    /// Types of the columns of the side in memory.
    let buildTypes: [LogicalType]
    /// Of each of them, whether it is asked for after the join.
    let isCarried: [Bool]
    /// How many columns the probing side has.
    let probeCount: Int
    /// The keys over the side in memory.
    let buildKeys: [BoundExpression]
    /// The keys over the probing side.
    let probeKeys: [BoundExpression]
    /// For each key, whether one of the sides has it in 128 bits.
    let isWide: [Bool]
    /// Whether rows in memory without match are part of the result, even if a key is NULL.
    let keepsBuildRows: Bool
    /// Whether rows that look for a match and find none are part of the result, or decide it.
    let keepsProbeRows: Bool
    /// What both sides hash with.
    let seed: UInt64

    /// What to do where memory does not suffice.
    static let memoryHint = "filter the smaller side of the join, or select fewer of its columns"

    /// The shape of a join of which those columns are asked for; nil for all.
    init(
        _ join: Join, _ left: LogicalPlan, _ right: LogicalPlan, probeIsLeft: Bool,
        wanted: Set<Int>?
    ) {
        var join = join
        switch join.kind {
        case .inner: (keepsProbeRows, keepsBuildRows) = (false, false)
        case .full: (keepsProbeRows, keepsBuildRows) = (true, true)
        case .right, .mark: (keepsProbeRows, keepsBuildRows) = (true, false)
        case .left, .single, .anti: (keepsProbeRows, keepsBuildRows) = (probeIsLeft, !probeIsLeft)
        case .semi: (keepsProbeRows, keepsBuildRows) = (false, false)
        }
        if join.kind == .right || join.kind == .full {
            join.kind = .left
        } else if !probeIsLeft {
            // What becomes of the rows in memory is found out at the end.
            join.kind = .inner
        }
        self.join = join
        self.probeIsLeft = probeIsLeft
        let buildTypes = (probeIsLeft ? right : left).types
        self.buildTypes = buildTypes
        probeCount = (probeIsLeft ? left : right).types.count
        let first = probeIsLeft ? left.types.count : 0
        let shown = join.showsRight ? wanted : []
        let read = shown?.union(join.condition?.columnTypes.keys.map { $0 } ?? [])
        isCarried = buildTypes.indices.map { read?.contains(first + $0) ?? true }
        buildKeys = join.keys.map { probeIsLeft ? $0.right : $0.left }
        probeKeys = join.keys.map { probeIsLeft ? $0.left : $0.right }
        isWide = join.keys.map {
            $0.left.type.layout == .wideIntegers || $0.right.type.layout == .wideIntegers
        }
        seed = .random(in: .min ... .max)
    }

    /// The columns of the probing side that are read where `wanted` of the join are asked for.
    func readOfProbe(_ wanted: Set<Int>) -> Set<Int> {
        let first = probeIsLeft ? 0 : buildTypes.count
        var read = wanted.union(join.condition?.columnTypes.keys.map { $0 } ?? [])
        read = Set(read.map { $0 - first }.filter { $0 >= 0 && $0 < probeCount })
        for key in probeKeys { read.formUnion(key.columnTypes.keys) }
        return read
    }
}

/// Pairs of rows of a batch and of a table, columns read when they are asked for.
struct JoinedSource: BatchSource {
    let batch: Batch
    let table: JoinTable
    let probeIsLeft: Bool
    /// Rows of the batch.
    let rows: [Int32]
    /// Rows of the table; below zero for NULLs.
    let others: [Int32]

    func load(_ index: Int) throws(QueryError) -> Column {
        let own = probeIsLeft ? index : index - table.columns.count
        guard own >= 0, own < batch.columnCount else {
            let place = probeIsLeft ? index - batch.columnCount : index
            guard let column = table.columns[place] else {
                preconditionFailure("column \(place) was not asked for")
            }
            return column.gather(orNull: others)
        }
        return try batch.column(own).gather(rows)
    }

    func zone(_ index: Int) -> ValueRange? { nil }
}
