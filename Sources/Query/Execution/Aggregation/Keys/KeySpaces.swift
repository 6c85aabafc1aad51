import Segments

/// Chooses the spaces of keys by what is known of their columns before any row is read.
struct KeySpaces {
    private let pipeline: Pipeline

    /// Spaces of keys over the rows that `pipeline` hands on.
    init(_ pipeline: Pipeline) { self.pipeline = pipeline }

    /// The space of an expression's values.
    func space(of expression: BoundExpression) throws(QueryError) -> KeySpace {
        let type = expression.type
        switch type.layout {
        case .booleans: return KeySpace(type, .range(first: 0, step: 1, count: 2), domain: .none)
        case .doubles: return KeySpace(type, .words, domain: .none)
        case .integers: return KeySpace(type, integerForm(expression), domain: .none)
        case .strings:
            if case .column(let index, _) = expression, let (source, column) = origin(of: index) {
                return try source.texts(of: column).space(type)
            }
        case .wideIntegers, .arrays: break
        }
        return Self.numberedRows(type)
    }

    /// A space of values that are numbered row by row.
    private static func numberedRows(_ type: LogicalType) -> KeySpace {
        KeySpace(
            type, .numbers(bitCount: KeySpace.numberBitCount), domain: TextDomain(isSharded: true))
    }

    private func integerForm(_ expression: BoundExpression) -> KeySpace.Form {
        if case .column(let index, _) = expression, let (source, column) = origin(of: index),
            let bounds = source.bounds(of: column)
        {
            return Self.range(bounds.lowerBound, bounds.upperBound, step: 1)
        }
        if let bucket = KeyEvaluator.bucket(expression), bucket.step.zone == nil,
            let (source, column) = origin(of: bucket.column),
            let bounds = source.bounds(of: column), let first = bucket.start(bounds.lowerBound),
            let last = bucket.start(bounds.upperBound)
        {
            return Self.range(first, last, step: bucket.step.microseconds)
        }
        return .words
    }

    private static func range(_ first: Int64, _ last: Int64, step: Int64) -> KeySpace.Form {
        let distance = last.subtractingReportingOverflow(first)
        guard !distance.overflow, distance.partialValue < Int64.max / 2 else { return .words }
        return .range(first: first, step: step, count: Int(distance.partialValue / step) + 1)
    }

    /// What numbers the entries of an expression's dictionaries; `nil` where it is no column of
    /// texts of a table.
    func entryNumbers(of expression: BoundExpression, in snapshot: Snapshot) -> EntryNumbers? {
        guard case .column(let index, .varchar) = expression,
            let (source, column) = origin(of: index), source.scan.path(column) == nil,
            let table = snapshot.table(source.scan.table.id)
        else { return nil }
        return table.keys.entryNumbers(columnID: source.scan.definition(column).id)
    }

    /// The table's column that column `index` of the pipeline's rows is; `nil` for none.
    private func origin(of index: Int) -> (TableSource, Int)? {
        guard let source = pipeline.source as? TableSource else { return nil }
        var index = index
        for step in pipeline.steps.reversed() {
            switch step {
            case .filter: continue
            case .project(let expressions):
                guard case .column(let column, _) = expressions[index] else { return nil }
                index = column
            case .expand: return nil
            }
        }
        return (source, index)
    }
}

/// What is known of the texts of a column in the rows of a scan.
struct TextFacts {
    /// Of the segments that have one.
    var patterns: [TextPattern] = []
    /// Entries of the segments' dictionaries.
    var entryCount = 0
    /// Rows of segments that have neither.
    var plainRowCount = 0
    /// Live rows.
    var liveRowCount = 0
    /// Whether zone maps and a sample of live rows show short texts alone.
    var areShort = true

    /// The space for such texts.
    func space(_ type: LogicalType) -> KeySpace {
        if let pattern = union, pattern.bitCount < 128 {
            return KeySpace(
                type, .pattern(pattern), domain: TextDomain(isSharded: true), patterns: patterns)
        }
        let rowCount = plainRowCount + liveRowCount
        if rowCount > entryCount, areShort {
            return KeySpace(type, .shortTexts, domain: TextDomain(isSharded: true))
        }
        if rowCount > Self.mostNumberedRowCount || entryCount + rowCount >= Int(UInt32.max)
            || !patterns.isEmpty
        {
            return KeySpace(
                type, .numbers(bitCount: KeySpace.numberBitCount),
                domain: TextDomain(isSharded: true))
        }
        let count = max(1, entryCount + rowCount)
        return KeySpace(
            type, .numbers(bitCount: Int.bitWidth - count.leadingZeroBitCount),
            domain: TextDomain(isSharded: false))
    }

    /// More rows to number than this are numbered under several locks.
    private static let mostNumberedRowCount = 1 << 16

    /// The pattern that holds those of all segments.
    private var union: TextPattern? {
        guard var union = patterns.first else { return nil }
        for pattern in patterns.dropFirst() where pattern !== union {
            guard let wider = union.union(pattern) else { return nil }
            union = wider
        }
        return union
    }
}

extension TableSource {
    /// Live rows looked at for short texts.
    private static let sampleRowCount = 64

    /// The segments that are read, each once.
    private var readers: [SegmentReader] {
        var readers: [SegmentReader] = []
        for unit in units {
            switch unit.place {
            case .block(let reader, _), .rows(let reader, _):
                if readers.last !== reader { readers.append(reader) }
            case .live: break
            }
        }
        return readers
    }

    /// Bounds of the integers of output column `index` in all rows; `nil` where none are known.
    ///
    /// - Complexity: O(segments + live rows).
    func bounds(of index: Int) -> ClosedRange<Int64>? {
        guard scan.path(index) == nil else { return nil }
        var (low, high) = (Int64.max, Int64.min)
        for reader in readers {
            let zone = reader.zoneMap(of: scan.definition(index))
            if zone.isAllNull { continue }
            guard case .integers(let minimum, let maximum)? = zone.bounds else { return nil }
            (low, high) = (min(low, minimum), max(high, maximum))
        }
        for case .live(let rows, let range) in units.map(\.place) {
            let column = rows.columns[scan.columns[index]]
            guard case .integers(let values) = column.values else { return nil }
            guard let part = BucketKernels.bounds(values.span.extracting(range)) else { continue }
            (low, high) = (min(low, part.lowerBound), max(high, part.upperBound))
        }
        return low <= high ? low...high : nil
    }

    /// What is known of the texts of output column `index`.
    func texts(of index: Int) throws(QueryError) -> TextFacts {
        var facts = TextFacts()
        guard scan.path(index) == nil else {
            facts.plainRowCount = rowCount
            facts.areShort = false
            return facts
        }
        let definition = scan.definition(index)
        for reader in readers {
            if let pattern = reader.textPattern(columnID: definition.id) {
                facts.patterns.append(pattern)
                continue
            }
            do throws(SegmentError) {
                if let dictionary = try reader.dictionary(columnID: definition.id) {
                    facts.entryCount += dictionary.count
                    continue
                }
            } catch {
                throw QueryError(error)
            }
            facts.plainRowCount += reader.rowCount
            let zone = reader.zoneMap(of: definition)
            if !zone.isAllNull {
                guard case .strings(let lower, let upper?)? = zone.bounds,
                    ShortTexts.code(of: lower.span) != nil, ShortTexts.code(of: upper.span) != nil
                else {
                    facts.areShort = false
                    continue
                }
            }
        }
        for case .live(let rows, let range) in units.map(\.place) {
            facts.liveRowCount += range.count
            let column = rows.columns[scan.columns[index]]
            if case .codes(_, let dictionary) = column.values {
                facts.entryCount += dictionary.count
            }
            let end = min(range.upperBound, range.lowerBound + Self.sampleRowCount)
            let sample = TextOperand(column.slice(range.lowerBound..<end))
            for row in 0..<(end - range.lowerBound) where facts.areShort {
                facts.areShort = ShortTexts.code(of: sample.span(at: row)) != nil
            }
        }
        return facts
    }
}
