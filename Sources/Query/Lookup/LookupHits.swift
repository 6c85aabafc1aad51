import Segments

/// The rows that a look-up has found, and the segments and live batches they are in.
struct LookupHits {
    private(set) var hits: [RowLookup.Hit] = []
    private var parts: [RowLookup.Part] = []
    /// Where a segment stands in `parts`.
    private var partOfSegment: [SegmentID: Int] = [:]

    /// Adds the rows of one key in one part.
    mutating func add(_ rows: [Int], key: Int, in part: RowLookup.Part) {
        guard !rows.isEmpty else { return }
        let number = number(of: part)
        for row in rows {
            hits.append(
                RowLookup.Hit(key: key, part: number, row: Int32(truncatingIfNeeded: row)))
        }
    }

    private mutating func number(of part: RowLookup.Part) -> Int {
        if case .segment(let reader) = part, !parts.isEmpty {
            if let known = partOfSegment[reader.entry.id] { return known }
            partOfSegment[reader.entry.id] = parts.count
        } else if case .segment(let reader) = part {
            partOfSegment[reader.entry.id] = 0
        }
        parts.append(part)
        return parts.count - 1
    }

    /// Keeps the hits whose row holds exactly its key in `column`; each segment's are read
    /// together.
    mutating func keep(
        _ keys: [Value], in column: ColumnDefinition
    ) throws(SegmentError) {
        hits.sort { $0.place < $1.place }
        var kept: [RowLookup.Hit] = []
        kept.reserveCapacity(hits.count)
        var start = 0
        while start < hits.count {
            let part = hits[start].part
            var end = start
            while end < hits.count, hits[end].part == part { end += 1 }
            guard case .segment(let reader) = parts[part] else {
                preconditionFailure("live rows are compared where they are found")
            }
            let values = try reader.rows(at: hits[start..<end].map(\.row), columns: [column])
            for index in start..<end
            where values.columns[0].holds(keys[hits[index].key], at: index - start) {
                kept.append(hits[index])
            }
            start = end
        }
        hits = kept
    }

    /// Drops the hits whose row has expired.
    mutating func removeExpired(
        _ expiry: RowExpiry, of table: TableSnapshot
    ) throws(SegmentError) {
        hits.sort { $0.place < $1.place }
        let times = try fetch(Array(hits.indices), [expiry.column], of: table).columns[0]
        hits = hits.indices.filter { !expiry.hasExpired(times, at: $0) }.map { hits[$0] }
    }

    /// Orders the hits by time, then key, then place.
    mutating func sort(by time: ColumnDefinition?, _ table: TableSnapshot) throws(SegmentError) {
        if let time {
            let order = hits.indices.sorted { hits[$0].place < hits[$1].place }
            let times = try fetch(order, [time], of: table).columns[0]
            guard case .integers(let values) = times.values else {
                preconditionFailure("a timestamp column holds integers")
            }
            for (position, index) in order.enumerated() { hits[index].time = values[position] }
        }
        hits.sort { ($0.time, $0.key, $0.place) < ($1.time, $1.key, $1.place) }
    }

    /// The rows of some hits, in their order.
    func fetch(
        _ range: Range<Int>, _ columns: [ColumnDefinition], of table: TableSnapshot
    ) throws(SegmentError) -> RowBatch {
        if range.count == 1 {
            let hit = hits[range.lowerBound]
            return try rows([hit.row], of: parts[hit.part], columns, table)
        }
        let order = range.sorted { hits[$0].place < hits[$1].place }
        let batch = try fetch(order, columns, of: table)
        var places = [Int32](repeating: 0, count: order.count)
        for (position, index) in order.enumerated() {
            places[index - range.lowerBound] = Int32(truncatingIfNeeded: position)
        }
        let isInOrder = places.indices.allSatisfy { places[$0] == Int32(truncatingIfNeeded: $0) }
        return isInOrder ? batch : batch.gather(places)
    }

    /// The rows of the hits at `order`, which ascend by place: each part's are fetched together.
    private func fetch(
        _ order: [Int], _ columns: [ColumnDefinition], of table: TableSnapshot
    ) throws(SegmentError) -> RowBatch {
        var appenders = columns.map { ColumnAppender($0.type) }
        var start = 0
        while start < order.count {
            let part = hits[order[start]].part
            var wanted: [Int32] = []
            while start < order.count, hits[order[start]].part == part {
                wanted.append(hits[order[start]].row)
                start += 1
            }
            let batch = try rows(wanted, of: parts[part], columns, table)
            if wanted.count == order.count { return batch }
            for index in appenders.indices { appenders[index].append(batch.columns[index]) }
        }
        return RowBatch(rowCount: order.count, columns: appenders.map { $0.finish() })
    }

    private func rows(
        _ rows: [Int32], of part: RowLookup.Part, _ columns: [ColumnDefinition],
        _ table: TableSnapshot
    ) throws(SegmentError) -> RowBatch {
        switch part {
        case .segment(let reader): return try reader.rows(at: rows, columns: columns)
        case .live(let batch):
            let positions = columns.map { column in
                table.schema.columns.firstIndex { $0.id == column.id } ?? 0
            }
            return RowBatch(
                rowCount: rows.count, columns: positions.map { batch.rows.columns[$0].gather(rows) }
            )
        }
    }
}

extension RowLookup.Hit {
    /// Where the row is, as one number.
    fileprivate var place: Int { part << 32 | Int(row) }
}
