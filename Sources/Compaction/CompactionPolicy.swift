import Segments

/// Decides which fragments of a time chunk to merge, and says why. Pure: same list, same answer.
///
/// A live stream leaves many small segments in the newest chunk and single late rows in old ones.
/// The policy is tiered: it merges a run of the smallest fragments, each no larger than
/// `growthFactor` times everything below it, so that a row is rewritten a logarithmic number of
/// times and a large segment is not rewritten for the sake of a few rows. Segments of
/// `targetRowCount` rows or more are left alone.
public struct CompactionPolicy: Hashable, Sendable {
    /// A segment of this many rows is whole; the outputs of a merge are cut at it.
    public var targetRowCount = 500_000
    /// Fragments that a chunk may hold before any of them are merged.
    public var toleratedFragmentCount = 3
    /// How much larger than all smaller fragments together a fragment may be and still join them.
    public var growthFactor = 4
    /// The most segments merged at once, so that a merge's open files are bounded.
    public var maximumInputCount = 256
    /// The most rows merged at once, so that a merge's memory is bounded.
    public var maximumInputRowCount = 750_000

    /// The default policy.
    public init() {}

    /// What to do with one chunk of a table.
    ///
    /// - Parameters:
    ///   - segments: The chunk's published segments, in any order.
    ///   - isForced: Merge whatever can be merged, however little it gains (`:compact`).
    public func decide(_ segments: [SegmentEntry], isForced: Bool = false) -> CompactionDecision {
        let fragments =
            segments.filter { $0.rowCount < targetRowCount }
            .sorted { ($0.rowCount, $0.id) < ($1.rowCount, $1.id) }
        guard fragments.count >= 2 else {
            return .leave(fragments.isEmpty ? "no fragments" : "a single fragment")
        }
        guard isForced || fragments.count > toleratedFragmentCount else {
            return .leave("\(fragments.count) fragments of \(toleratedFragmentCount) tolerated")
        }
        var inputs: [SegmentEntry] = []
        var rowCount = 0
        for fragment in fragments {
            let isTooLarge =
                !isForced && rowCount > 0 && fragment.rowCount / growthFactor > rowCount
            let fits =
                inputs.count < maximumInputCount
                && (inputs.count < 2 || rowCount + fragment.rowCount <= maximumInputRowCount)
            if inputs.count >= 2, isTooLarge || !fits { break }
            if isTooLarge { (inputs, rowCount) = ([], 0) }
            inputs.append(fragment)
            rowCount += fragment.rowCount
        }
        guard inputs.count >= 2 else { return .leave("fragments differ too much in size") }
        return .merge(inputs, reason: reason(for: inputs, of: fragments, rowCount: rowCount))
    }

    private func reason(
        for inputs: [SegmentEntry], of fragments: [SegmentEntry], rowCount: Int
    ) -> String {
        let outputs = max(1, (rowCount + targetRowCount - 1) / targetRowCount)
        return "\(inputs.count) of \(fragments.count) fragments with \(rowCount) rows in all "
            + "become \(outputs)"
    }
}

/// What a policy says about one chunk.
public enum CompactionDecision: Hashable, Sendable {
    /// Leave the chunk as it is, for the reason given.
    case leave(_ reason: String)
    /// Merge these segments, at least two, for the reason given; one alone is written again to
    /// leave rows out.
    case merge([SegmentEntry], reason: String)
}

/// One merge to do: a value that names its inputs exactly.
public struct CompactionPlan: Hashable, Sendable {
    /// Whose segments.
    public var schema: TableSchema
    /// The chunk they all belong to.
    public var chunk: TimeRange
    /// What to merge.
    public var inputs: [SegmentEntry]
    /// Why, for people.
    public var reason: String
    /// Where to cut the output.
    public var targetRowCount: Int

    /// A merge of these segments of one chunk.
    public init(
        schema: TableSchema, chunk: TimeRange, inputs: [SegmentEntry], reason: String,
        targetRowCount: Int
    ) {
        self.schema = schema
        self.chunk = chunk
        self.inputs = inputs
        self.reason = reason
        self.targetRowCount = targetRowCount
    }
}

extension CompactionPolicy {
    /// The merges that a table needs, oldest chunk first: of fragments, and of segments many of
    /// whose rows are dead or have expired.
    ///
    /// - Parameters:
    ///   - wallMicroseconds: Now; nothing expires where it is not given.
    ///   - oldestVersion: Rows that died later are still needed.
    public func plans(
        for table: TableSnapshot, isForced: Bool = false, wallMicroseconds: Int64 = .min,
        oldestVersion: UInt64 = .max
    ) -> [CompactionPlan] {
        let leftOut = LeftOutRows(table, now: wallMicroseconds, oldestVersion: oldestVersion)
        let chunks = Dictionary(grouping: table.segments, by: \.entry.chunk)
        return chunks.keys.sorted { $0.start < $1.start }.compactMap { chunk in
            let segments = chunks[chunk] ?? []
            let (inputs, reason): ([SegmentEntry], String)
            switch decide(segments.map(\.entry), isForced: isForced) {
            case .merge(let entries, let why): (inputs, reason) = (entries, why)
            case .leave:
                inputs = rewritten(segments, leftOut, isForced: isForced)
                reason = "\(inputs.count) segments with many dead or expired rows"
            }
            guard !inputs.isEmpty else { return nil }
            return CompactionPlan(
                schema: table.schema, chunk: chunk, inputs: inputs, reason: reason,
                targetRowCount: targetRowCount)
        }
    }

    /// The segments of a chunk that are written again, as many as one merge may take.
    private func rewritten(
        _ segments: [SegmentHandle], _ leftOut: LeftOutRows, isForced: Bool
    ) -> [SegmentEntry] {
        var inputs: [SegmentEntry] = []
        var rowCount = 0
        for segment in segments {
            do throws(SegmentError) {
                guard try leftOut.callForRewriting(segment, isForced: isForced) else { continue }
            } catch {
                // The merge that reads it says what is wrong with it.
                continue
            }
            let entry = segment.entry
            if !inputs.isEmpty, rowCount + entry.rowCount > maximumInputRowCount { break }
            inputs.append(entry)
            rowCount += entry.rowCount
        }
        return inputs
    }
}
