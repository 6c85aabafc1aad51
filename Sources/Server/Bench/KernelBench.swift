import Ingest
import Segments

/// `daybook bench --kernels`: how fast each encoding is read, in this process, on one thread.
///
/// A segment of one column per encoding is written and read back: whole blocks into arrays as a
/// scan does it, and sums from the blocks as they lie. Every answer is compared with the values'
/// own. The first line is what the machine's memory gives: the sum of a plain array much larger
/// than its caches.
struct KernelBench {
    private static let rowCount = 64 * SegmentFormat.blockRowCount
    private static let plainCount = 1 << 25

    private let rounds: Int
    private let reader: SegmentReader
    private let schema: TableSchema
    private let sums: [Int128]
    private let queries: KernelQueries
    private(set) var holds = true

    /// A column of the segment: what it is called, and a row's value.
    private struct Shape {
        let name: String
        let value: @Sendable (Int) -> Int64
    }

    private static func random(_ row: Int, _ bits: UInt64) -> Int64 {
        Int64(Hashing.mix(UInt64(row)) >> (64 - bits))
    }

    private static let shapes: [Shape] = [
        Shape(name: "constant") { _ in 42 },
        Shape(name: "packed, 1 bit") { random($0, 1) },
        Shape(name: "packed, 5 bits") { random($0, 5) },
        Shape(name: "packed, 8 bits") { random($0, 8) },
        Shape(name: "packed, 13 bits") { random($0, 13) },
        Shape(name: "packed, 17 bits") { random($0, 17) },
        Shape(name: "packed, 24 bits") { random($0, 24) },
        Shape(name: "packed, 31 bits") { random($0, 31) },
        Shape(name: "packed, 45 bits") { random($0, 45) },
        Shape(name: "stepped, 17 bits") { random($0, 17) * 1_000 },
        Shape(name: "patched, 1 of 100") { $0 % 100 == 0 ? random($0, 30) : random($0, 10) },
        Shape(name: "sparse, 1 of 5") { $0 % 5 == 0 ? random($0, 20) : 7 },
        Shape(name: "runs of 9") { random($0 / 9, 20) },
        Shape(name: "delta") { Int64($0) * 100_000 + random($0, 8) },
    ]

    /// Writes the segment into `directory` and opens it.
    init(rounds: Int, directory: WorkDirectory) throws(CommandError) {
        self.rounds = rounds
        schema = TableSchema(
            id: TableID(1), name: "kernels",
            columns: Self.shapes.enumerated().map { index, shape in
                ColumnDefinition(
                    id: UInt32(index + 1), name: shape.name, type: .bigint, isNullable: false)
            })
        var columns: [Column] = []
        var sums: [Int128] = []
        for shape in Self.shapes {
            let values = (0..<Self.rowCount).map(shape.value)
            sums.append(values.reduce(Int128(0)) { $0 + Int128($1) })
            columns.append(Column(type: .bigint, values: .integers(values)))
        }
        self.sums = sums
        queries = try KernelQueries(directory: directory)
        let rows = RowBatch(rowCount: Self.rowCount, columns: columns)
        do {
            let files = try PosixFileSystem(root: directory.path)
            let entry = try SegmentWriter(fileSystem: files).write(
                rows, schema: schema,
                as: SegmentDescription(
                    id: SegmentID(1), chunk: TimeRange(start: .min, end: .max), level: 0,
                    firstLSN: 1, lastLSN: 1),
                path: "kernels.segment")
            reader = try SegmentReader(
                fileSystem: files, entry: entry, path: "kernels.segment")
        } catch {
            throw CommandError("\(error)", .system)
        }
    }

    /// Measures and prints.
    ///
    /// - Returns: Whether every answer was right.
    mutating func run(_ format: OutputFormat) throws(CommandError) -> Bool {
        if format.isForPeople {
            Terminal.write(Machine.text() + "\n")
            Terminal.write("one thread, median of \(rounds) rounds, million rows a second\n")
        }
        var printer = RowPrinter(format, showsTypes: false)
        printer.begin(
            names: ["values", "encoding", "bits/row", "decoded", "summed", "summed, GB/s"],
            types: ["", ""] + Array(repeating: "BIGINT", count: 4))
        let memory = try plain()
        printer.append(line("plain, \(Self.plainCount >> 17) MiB", "array", 64, nil, memory))
        let directory = try attempt { reader throws(SegmentError) in try reader.directory() }
        for (index, column) in directory.columns.enumerated() {
            let definition = schema.columns[index]
            let bits = column.valueByteCount * 8 * 10 / Self.rowCount
            let names = column.encodings.map { "\($0.encoding)" }.joined(separator: ", ")
            let decoded = try decode(definition, sums[index])
            let summed = try sum(definition, sums[index])
            printer.append(line(definition.name, names, Double(bits) / 10, decoded, summed))
        }
        for (name, speed, isRight) in try queries.run(rounds: rounds) {
            holds = holds && isRight
            printer.append([
                .string(.init(name)), .string("query"), .null, .null,
                .string(.init(ResultFooter.grouped(speed / 1_000))), .null,
            ])
        }
        printer.end()
        return holds
    }

    private func line(
        _ name: String, _ encoding: String, _ bits: Double, _ decoded: Double?, _ summed: Double
    ) -> [JSONValue] {
        func text(_ value: Double) -> JSONValue { .string(.init(Self.tenths(value))) }
        return [
            .string(.init(name)), .string(.init(encoding)), text(bits),
            decoded.map { .string(.init(ResultFooter.grouped(Int($0)))) } ?? .null,
            .string(.init(ResultFooter.grouped(Int(summed)))), text(summed * bits / 8 / 1_000),
        ]
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(ResultFooter.grouped(tenths / 10)).\(tenths % 10)"
    }

    // MARK: Kernels

    /// Million values a second of a pass over memory.
    private mutating func plain() throws(CommandError) -> Double {
        let values = (0..<Self.plainCount).map { Int64($0) }
        let expected = Int64(Self.plainCount) * Int64(Self.plainCount - 1) / 2
        return try median(Self.plainCount) { bench throws(CommandError) in
            var sum: Int64 = 0
            for index in values.indices { sum &+= values[index] }
            bench.holds = bench.holds && sum == expected
        }
    }

    private mutating func decode(
        _ definition: ColumnDefinition, _ expected: Int128
    ) throws(CommandError) -> Double {
        var sum: Int128 = 0
        let speed = try median(Self.rowCount) { bench throws(CommandError) in
            sum = 0
            for block in 0..<bench.reader.blockCount {
                let column = try bench.attempt { reader throws(SegmentError) in
                    try reader.column(definition, block: block)
                }
                guard case .integers(let values) = column.values else { continue }
                // One value of each block keeps the decoding alive; all are added below.
                sum &+= Int128(values[values.count - 1])
            }
        }
        var total: Int128 = 0
        for block in 0..<reader.blockCount {
            let column = try attempt { reader throws(SegmentError) in
                try reader.column(definition, block: block)
            }
            if case .integers(let values) = column.values {
                for value in values { total += Int128(value) }
            }
        }
        holds = holds && total == expected
        return speed
    }

    private mutating func sum(
        _ definition: ColumnDefinition, _ expected: Int128
    ) throws(CommandError) -> Double {
        try median(Self.rowCount) { bench throws(CommandError) in
            var sum: Int128 = 0
            for block in 0..<bench.reader.blockCount {
                let part = try bench.attempt { reader throws(SegmentError) in
                    try reader.sum(of: definition, block: block)
                }
                sum += part?.sum ?? 0
            }
            bench.holds = bench.holds && sum == expected
        }
    }

    private func attempt<Result>(
        _ body: (SegmentReader) throws(SegmentError) -> Result
    ) throws(CommandError) -> Result {
        do throws(SegmentError) {
            return try body(reader)
        } catch {
            throw CommandError(error.description, .damaged)
        }
    }

    /// Million rows a second of the median round.
    private mutating func median(
        _ rowCount: Int, _ body: (inout KernelBench) throws(CommandError) -> Void
    ) throws(CommandError) -> Double {
        var seconds: [Double] = []
        for _ in 0..<rounds {
            let started = ContinuousClock.now
            try body(&self)
            seconds.append(max(started.duration(to: .now).inSeconds, 1e-6))
        }
        return Double(rowCount) / seconds.sorted()[rounds / 2] / 1e6
    }
}
