/// The file `UUID`: which database a data directory is, for people and for files that stray.
///
///     daybook 1 <32 hexadecimal digits> <CRC-32C of what is before, 8 digits>\n
enum DatabaseIdentity {
    static let path = "UUID"
    static let formatVersion: UInt32 = 1
    private static let maximumByteCount = 256

    /// The file's bytes.
    static func encoded(_ id: UInt128) -> [UInt8] {
        let text = "daybook \(formatVersion) \(hex(id)) "
        let checksum = UInt64(Checksum.crc32c(Array(text.utf8))).hexDigits.suffix(8)
        return Array((text + checksum + "\n").utf8)
    }

    /// The id as the file and messages show it.
    static func hex(_ id: UInt128) -> String {
        UInt64(truncatingIfNeeded: id >> 64).hexDigits + UInt64(truncatingIfNeeded: id).hexDigits
    }

    /// The id in the file; `nil` where the file is missing or not as written, which are the same.
    static func load(_ fileSystem: any FileSystem) throws(CatalogError) -> UInt128? {
        let bytes = try CatalogError.wrapping { () throws(FileError) -> [UInt8] in
            let count = try fileSystem.byteCount(of: path) ?? 0
            guard (1...maximumByteCount).contains(count) else { return [] }
            return try fileSystem.readWhole(path)
        }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard words.count == 4, words[0] == "daybook", let format = UInt32(words[1]) else {
            return nil
        }
        let covered = Array((words[0...2].joined(separator: " ") + " ").utf8)
        let checksum = UInt64(Checksum.crc32c(covered)).hexDigits.suffix(8)
        guard words[3] == checksum + "\n" else { return nil }
        guard format <= formatVersion else {
            throw .newerFormat(path: path, found: format, supported: formatVersion)
        }
        return UInt128(words[2], radix: 16)
    }
}
