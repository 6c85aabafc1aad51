/// Opening: the checks that stand between a file and a reader.
extension SegmentFrame {
    /// The file's bytes, of exactly the size that the manifest says.
    static func load(
        _ fileSystem: any FileSystem, _ path: String, _ entry: SegmentEntry,
        _ readMode: SegmentReadMode
    ) throws(SegmentError) -> FileBytes {
        do throws(FileError) {
            let file = try fileSystem.open(path, for: .read)
            let found = try file.byteCount()
            guard found == entry.byteCount else {
                throw FileError(
                    .map, path: path, code: 0,
                    reason: "\(entry.byteCount) bytes expected, \(found) found")
            }
            let smallest = SegmentFormat.headerByteCount + SegmentFormat.trailerByteCount
            guard found >= smallest, found % SegmentFormat.alignment == 0 else {
                throw FileError(.map, path: path, code: 0, reason: "\(found) bytes are no segment")
            }
            let bytes =
                switch readMode {
                case .map: try file.map(byteCount: found)
                case .pread: FileBytes(try file.read(at: 0, count: found))
                }
            try file.close()
            return bytes
        } catch {
            throw .file(error)
        }
    }

    /// Verifies both ends and the footer, and that they say what the manifest says.
    static func open(
        _ bytes: FileBytes, path: String, entry: SegmentEntry
    ) throws(SegmentError) -> (SegmentFooter, BlockReference) {
        let start = [UInt8](copying: bytes.span.extracting(first: SegmentFormat.headerByteCount))
        try checkVersion(start, path: path)
        let tail = bytes.count - SegmentFormat.trailerByteCount
        let end = [UInt8](copying: bytes.span.extracting(tail..<bytes.count))
        let reference: BlockReference
        let footer: SegmentFooter
        do throws(ByteError) {
            try checkHeader(start, path: path, entry: entry)
            reference = try readTrailer(end, byteCount: bytes.count, entry: entry)
        } catch {
            throw damage(error, path: path, base: 0)
        }
        try verify(reference, .footer, bytes, path: path, segmentID: entry.id)
        let payload = [UInt8](copying: bytes.span.extracting(reference.payloadRange))
        do throws(ByteError) {
            var reader = ByteReader(payload)
            footer = try SegmentFooter(from: &reader, byteOffset: reference.byteOffset)
        } catch {
            throw damage(error, path: path, base: reference.payloadRange.lowerBound)
        }
        guard footer.blockCount == Int(reference.ordinal), footer.agrees(with: entry) else {
            throw .damaged(
                SegmentDamage(
                    path: path, byteOffset: reference.byteOffset,
                    expected: "the segment of the manifest's entry", found: "another"))
        }
        return (footer, reference)
    }

    private static func damage(_ error: ByteError, path: String, base: Int) -> SegmentError {
        switch error {
        case .truncated(let at, let needed, let available):
            .damaged(
                SegmentDamage(
                    path: path, byteOffset: base + at, expected: "\(needed) bytes",
                    found: "\(available) bytes"))
        case .invalid(let what, let at):
            .damaged(
                SegmentDamage(
                    path: path, byteOffset: base + at, expected: "a valid \(what)", found: "none"))
        }
    }

    /// Tells a sound segment of another format version from a damaged one.
    private static func checkVersion(_ bytes: [UInt8], path: String) throws(SegmentError) {
        let checksumOffset = SegmentFormat.headerByteCount - 4
        let stored = Hashing.load32(bytes.span, checksumOffset)
        let version = UInt32(truncatingIfNeeded: Hashing.load32(bytes.span, 8))
        guard UInt64(Checksum.crc32c(bytes.span.extracting(0..<checksumOffset))) == stored,
            Hashing.load64(bytes.span, 0) == SegmentFormat.headerMagic,
            version != SegmentFormat.version
        else { return }
        throw .unsupportedVersion(path: path, found: version)
    }

    private static func checkHeader(
        _ bytes: [UInt8], path: String, entry: SegmentEntry
    ) throws(ByteError) {
        let expected = header(
            tableID: entry.tableID, segmentID: entry.id, rowCount: entry.rowCount)
        for offset in bytes.indices where bytes[offset] != expected[offset] {
            throw .invalid("segment header", byteOffset: offset)
        }
    }

    private static func readTrailer(
        _ bytes: [UInt8], byteCount: Int, entry: SegmentEntry
    ) throws(ByteError) -> BlockReference {
        let at = byteCount - SegmentFormat.trailerByteCount
        var reader = ByteReader(bytes)
        let offset = try reader.readUInt64()
        let storedByteCount = Int(try reader.readUInt32())
        let ordinal = try reader.readUInt32()
        guard offset <= UInt64(at) else { throw .invalid("footer offset", byteOffset: at) }
        let reference = BlockReference(
            byteOffset: Int(offset), storedByteCount: storedByteCount,
            rawByteCount: storedByteCount, ordinal: ordinal, valueCount: entry.rowCount,
            encoding: .opaque, codec: .none)
        let expected = trailer(
            footer: reference, segmentID: entry.id, rowCount: entry.rowCount)
        guard bytes == expected, SegmentFormat.aligned(reference.payloadRange.upperBound) == at,
            reference.byteOffset >= SegmentFormat.headerByteCount,
            reference.byteOffset % SegmentFormat.alignment == 0
        else { throw .invalid("segment trailer", byteOffset: at) }
        return reference
    }

    /// Verifies a block: its header says what the reference says, and the checksum holds.
    ///
    /// - Precondition: the reference lies within the file.
    static func verify(
        _ reference: BlockReference, _ kind: BlockKind, _ bytes: FileBytes, path: String,
        segmentID: SegmentID
    ) throws(SegmentError) {
        let header = BlockHeader(
            storedByteCount: UInt32(reference.storedByteCount),
            rawByteCount: UInt32(reference.rawByteCount), kind: kind,
            encoding: reference.encoding, codec: reference.codec, ordinal: reference.ordinal,
            segmentID: segmentID, valueCount: UInt32(reference.valueCount))
        let all = bytes.span
        let expected = header.bytes(payload: all.extracting(reference.payloadRange))
        let found = [UInt8](
            copying: all.extracting(
                reference.byteOffset..<reference.byteOffset + SegmentFormat.blockHeaderByteCount))
        guard found == expected else {
            throw .damaged(
                SegmentDamage(
                    path: path, byteOffset: reference.byteOffset,
                    expected: "block \(reference.ordinal) with header \(hexadecimal(expected))",
                    found: hexadecimal(found)))
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

extension SegmentFooter {
    /// Whether the manifest says the same.
    fileprivate func agrees(with entry: SegmentEntry) -> Bool {
        schema.id == entry.tableID && chunk == entry.chunk && level == entry.level
            && firstLSN == entry.firstLSN && lastLSN == entry.lastLSN
            && minimumTime == entry.minimumTime && maximumTime == entry.maximumTime
            && totals == entry.totals
    }
}
