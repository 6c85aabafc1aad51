import Segments
import TestSupport
import Testing

@testable import Ingest

@Suite struct RowBatchBytesTests {
    static func batch(rows: Int, random: inout SeededGenerator, nulls: Int) -> RowBatch {
        let schema = wideSchema()
        var values: [[Value]] = []
        for _ in 0..<rows {
            func maybe(_ value: Value) -> Value {
                Int.random(in: 0..<100, using: &random) < nulls ? .null : value
            }
            let word = random.next()
            let number = Int64(bitPattern: word) >> Int64.random(in: 0..<64, using: &random)
            values.append([
                .varchar(Text("id-\(word)")), .timestamp(number / 4), maybe(.bigint(number)),
                maybe(.decimal(Decimal(unscaled: Int128(number % 1_000), scale: 2))),
                maybe(.decimal(Decimal(unscaled: Int128(number) << 20, scale: 4))),
                maybe(.double(Double(bitPattern: word >> 2))), maybe(.boolean(word & 1 == 1)),
                maybe(.date(number % 10_000)), maybe(.json(Text("[\(number)]"))),
                maybe(.array(word & 2 == 0 ? [] : [.varchar("é"), .varchar("")])),
                maybe(.array([.bigint(number), .bigint(1)])), .varchar("new"),
            ])
        }
        return RowBatch(schema, rows: values)
    }

    @Test("A batch reads back as written", arguments: [0, 1, 2, 63, 64, 65, 500])
    func roundTrip(rows: Int) throws {
        var random = SeededGenerator(seed: UInt64(rows) + 1)
        for nulls in [0, 30, 100] {
            let batch = Self.batch(rows: rows, random: &random, nulls: nulls)
            var bytes: [UInt8] = []
            RowBatchBytes.append(batch, to: &bytes)
            var reader = ByteReader(bytes)
            let again = try RowBatchBytes.read(from: &reader)
            #expect(reader.isAtEnd)
            #expect(again.rowCount == rows)
            for row in 0..<rows { #expect(again.row(at: row) == batch.row(at: row)) }
            #expect(again.columns.map(\.type) == batch.columns.map(\.type))
        }
    }

    @Test("Dictionary columns are read back as they were, words and numbers checked")
    func codes() throws {
        let dictionary = StringDictionary(
            StringVector([Text("a"), Text("bc")] as [Text]), isSorted: true)
        let column = Column(
            type: .varchar, values: .codes([1, 0, 1], dictionary),
            validity: Bitmap(words: [0b101], count: 3))
        var bytes: [UInt8] = []
        RowBatchBytes.append(RowBatch(rowCount: 3, columns: [column]), to: &bytes)
        var reader = ByteReader(bytes)
        let again = try RowBatchBytes.read(from: &reader).columns[0]
        #expect((0..<3).map { again.value(at: $0) } == [.varchar("bc"), .null, .varchar("bc")])
        guard case .codes(let codes, let words) = again.values else {
            Issue.record("the codes became \(again.values)")
            return
        }
        #expect(codes == [1, 0, 1] && words.values == dictionary.values)
        // The last byte is the last row's code.
        for code: UInt8 in [2, 3, 255] {
            bytes[bytes.count - 1] = code
            #expect(throws: ByteError.self) {
                var reader = ByteReader(bytes)
                _ = try RowBatchBytes.read(from: &reader)
            }
        }
        for count in 0..<bytes.count {
            #expect(throws: ByteError.self) {
                var reader = ByteReader(Array(bytes[..<count]))
                _ = try RowBatchBytes.read(from: &reader)
            }
        }
    }

    @Test("Every truncation throws, and no damaged byte traps or allocates much")
    func damage() {
        var random = SeededGenerator(seed: 5)
        let batch = Self.batch(rows: 9, random: &random, nulls: 30)
        var bytes: [UInt8] = []
        RowBatchBytes.append(batch, to: &bytes)
        for count in 0..<bytes.count {
            #expect(throws: ByteError.self) {
                var reader = ByteReader(Array(bytes[..<count]))
                _ = try RowBatchBytes.read(from: &reader)
            }
        }
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            var reader = ByteReader(flipped)
            if let read = try? RowBatchBytes.read(from: &reader) {
                for row in 0..<min(read.rowCount, 20) { _ = read.row(at: row) }
            }
        }
    }
}
