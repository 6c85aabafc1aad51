import Foundation
import Testing

@testable import Segments

/// The worked example of `docs/segment-format.md`: a segment of three rows, byte by byte.
///
/// `DAYBOOK_GOLDEN=write` rewrites `Tests/Golden/segment-v1.txt`; the difference is reviewed like
/// code, because files of that format exist.
@Suite("The segment format's worked example")
struct SegmentGoldenTests {
    private static let golden = "Tests/Golden/segment-v1.txt"

    private static let schema = TableSchema(
        id: TableID(1), name: "payments",
        columns: [
            ColumnDefinition(id: 1, name: "event_id", type: .varchar, isNullable: false),
            ColumnDefinition(id: 2, name: "event_time", type: .timestamp, isNullable: false),
            ColumnDefinition(id: 3, name: "amount", type: .bigint),
        ],
        timestampColumn: 1, granularity: .day, uniqueColumns: [0])

    /// 2026-01-01T00:00:00Z.
    private static let start: Int64 = 1_767_225_600_000_000

    private static func write() throws -> (files: MemoryFiles, entry: SegmentEntry) {
        let files = MemoryFiles()
        let rows = RowBatch(
            schema,
            rows: [
                [.varchar("e1"), .timestamp(start), .bigint(1_200)],
                [.varchar("e2"), .timestamp(start + 1_000_000), .null],
                [.varchar("e3"), .timestamp(start + 2_000_000), .bigint(-5)],
            ])
        let entry = try SegmentWriter(fileSystem: files).write(
            rows, schema: schema,
            as: SegmentDescription(
                id: SegmentID(1), chunk: TimeRange(start: start, end: start + SegmentFixture.day),
                level: 0, firstLSN: 1, lastLSN: 1))
        return (files, entry)
    }

    @Test("The example is written as the golden file and the document show it")
    func bytes() throws {
        let (files, entry) = try Self.write()
        let reader = try SegmentReader(fileSystem: files, entry: entry)
        let dump = Self.dump(files.bytes(entry.path), reader)
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        let project = try PosixFileSystem(root: root.joined(separator: "/"))
        if ProcessInfo.processInfo.environment["DAYBOOK_GOLDEN"] == "write" {
            if try project.byteCount(of: Self.golden) != nil { try project.remove(Self.golden) }
            let file = try project.open(Self.golden, for: .create)
            try file.write(Array(dump.utf8).span, at: 0)
        }
        #expect(try Self.text(project, Self.golden) == dump)
        #expect(try Self.text(project, "docs/segment-format.md").contains(dump))
    }

    @Test("The golden file's bytes, written by an earlier build, still read")
    func compatibility() throws {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        let project = try PosixFileSystem(root: root.joined(separator: "/"))
        let (files, entry) = try Self.write()
        var bytes: [UInt8] = []
        for line in try Self.text(project, Self.golden).split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":"), !line.hasPrefix("#") else { continue }
            for pair in line[line.index(after: colon)...].split(separator: " ") {
                bytes.append(try #require(UInt8(pair, radix: 16)))
            }
        }
        files.replace(entry.path, with: bytes)
        #expect(SegmentCheck.findings(fileSystem: files, entry: entry).isEmpty)
        let reader = try SegmentReader(fileSystem: files, entry: entry)
        #expect(
            try SegmentFixture.values(reader)[1]
                == [.varchar("e2"), .timestamp(Self.start + 1_000_000), .null])
        #expect(try reader.rowIndices(matching: .varchar("e3"), columnID: 1) == [2])
    }

    private static func text(_ files: PosixFileSystem, _ path: String) throws -> String {
        let count = try #require(try files.byteCount(of: path))
        let file = try files.open(path, for: .read)
        return String(decoding: try file.read(at: 0, count: count), as: UTF8.self)
    }

    /// Every byte in hexadecimal, 16 a line, each part under its name.
    private static func dump(_ bytes: [UInt8], _ reader: SegmentReader) -> String {
        var parts: [(Int, String)] = [(0, "header")]
        for (definition, column) in zip(reader.schema.columns, reader.footer.columns) {
            if let dictionary = column.dictionary {
                parts += Self.parts(dictionary, "\(definition.name): dictionary")
            }
            for reference in column.blocks {
                parts += Self.parts(reference, "\(definition.name): \(reference.encoding)")
            }
            if let index = column.keyIndex {
                parts += Self.parts(index, "\(definition.name): key table")
            }
        }
        parts += Self.parts(reader.footerReference, "footer")
        parts.append((bytes.count - SegmentFormat.trailerByteCount, "trailer"))
        var text = ""
        for (index, part) in parts.enumerated() {
            let end = index + 1 < parts.count ? parts[index + 1].0 : bytes.count
            text += "# \(part.1)\n"
            for line in stride(from: part.0, to: end, by: 16) {
                let pairs = bytes[line..<min(line + 16, end)].map { Self.digits(Int($0), 2) }
                text += "\(Self.digits(line, 4)): " + pairs.joined(separator: " ") + "\n"
            }
        }
        return text
    }

    private static func parts(_ reference: BlockReference, _ name: String) -> [(Int, String)] {
        let end = reference.payloadRange.upperBound
        var parts = [
            (reference.byteOffset, "block \(reference.ordinal), \(name): header"),
            (reference.payloadRange.lowerBound, "its payload"),
        ]
        if end % SegmentFormat.alignment != 0 { parts.append((end, "padding")) }
        return parts
    }

    private static func digits(_ value: Int, _ count: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: count - digits.count) + digits
    }
}
