/// The generator's lines as batches for lanes.
///
/// A lane is one connection that sends its batches in order. All copies of an event take the same
/// lane, chosen by the last letter of its id, so that the first copy is also the first to arrive,
/// however the lanes run against one another: with that, the truth is the same as for one lane.
struct LedgerFeed {
    private(set) var generator: LedgerGenerator
    private let batchLineCount: Int
    private var lanes: [Lane]
    private var lines: [UInt8] = []
    private var isAtEnd = false

    private struct Lane {
        var bytes: [UInt8] = []
        var lineCount = 0
    }

    /// Lines made between two looks at the lanes.
    private static let stepLineCount = 4_096
    /// Where the last letter of the id stands in a line that has one: `{"event_id":"` + 26.
    private static let keyOffset = 13 + LineWriter.eventIDLength - 1

    init(_ options: GeneratorOptions, laneCount: Int, batchLineCount: Int) throws(CommandError) {
        do throws(GeneratorError) {
            generator = try LedgerGenerator(options)
        } catch {
            throw .usage("\(error)")
        }
        self.batchLineCount = batchLineCount
        lanes = Array(repeating: Lane(), count: laneCount)
    }

    /// The next batches with their lanes, in order; `nil` when all lines have been handed out.
    mutating func next() -> [(lane: Int, batch: LineBatch)]? {
        guard !isAtEnd else { return nil }
        var batches: [(lane: Int, batch: LineBatch)] = []
        if generator.fill(&lines, rows: Self.stepLineCount) == 0 {
            isAtEnd = true
            for lane in lanes.indices where lanes[lane].lineCount > 0 {
                batches.append((lane, take(lane)))
            }
            return batches
        }
        var start = 0
        for index in lines.indices where lines[index] == UInt8(ascii: "\n") {
            let key = min(start + Self.keyOffset, index)
            let lane = Int(lines[key]) % lanes.count
            lanes[lane].bytes += lines[start...index]
            lanes[lane].lineCount += 1
            start = index + 1
            if lanes[lane].lineCount == batchLineCount { batches.append((lane, take(lane))) }
        }
        return batches
    }

    private mutating func take(_ lane: Int) -> LineBatch {
        let batch = LineBatch(
            bytes: lanes[lane].bytes, lineCount: lanes[lane].lineCount, firstLine: 0)
        let room = lanes[lane].bytes.count
        lanes[lane] = Lane()
        lanes[lane].bytes.reserveCapacity(room + room / 8)
        return batch
    }
}
