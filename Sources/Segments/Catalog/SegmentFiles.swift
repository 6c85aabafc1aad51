/// Which file names are the engine's own, so that nothing else is ever touched.
enum SegmentFiles {
    static let directory = "seg"
    private static let suffix = ".segment"
    private static let temporarySuffix = ".tmp"

    /// Where segments' files, whole or partial, may lie.
    static let directories = [directory, "tmp", "trash"]

    /// The file of a segment in its directory.
    static func name(of id: SegmentID) -> String { id.rawValue.hexDigits + suffix }

    /// The segment whose file, or unfinished file, has that name; `nil` for every other name.
    static func id(ofFileNamed name: String) -> SegmentID? {
        let whole = name.hasSuffix(temporarySuffix) ? name.dropLast(4) : name[...]
        guard whole.hasSuffix(suffix) else { return nil }
        return UInt64(hexDigits: whole.dropLast(suffix.count)).map(SegmentID.init)
    }

    /// The manifest version whose unfinished file has that name; `nil` for every other name.
    static func manifestVersion(ofTemporaryNamed name: String) -> UInt64? {
        guard name.hasSuffix(temporarySuffix) else { return nil }
        return ManifestStore.version(ofFileNamed: String(name.dropLast(temporarySuffix.count)))
    }

    /// Whether a name in `trash/` was put there by the engine.
    static func isOwn(_ name: String) -> Bool {
        id(ofFileNamed: name) != nil || manifestVersion(ofTemporaryNamed: name) != nil
    }

    /// The highest segment number that any file still has; 0 where there is none.
    static func highestNumber(_ fileSystem: any FileSystem) throws(CatalogError) -> UInt64 {
        try CatalogError.wrapping { () throws(FileError) in
            var highest: UInt64 = 0
            for directory in directories {
                for name in try fileSystem.list(directory) {
                    highest = max(highest, id(ofFileNamed: name)?.rawValue ?? 0)
                }
            }
            return highest
        }
    }
}

extension SegmentEntry {
    /// The entry's file is there and has its size.
    func checkFile(in fileSystem: any FileSystem) throws(CatalogError) {
        let path = path
        let found = try CatalogError.wrapping { () throws(FileError) in
            try fileSystem.byteCount(of: path)
        }
        guard let found else { throw .missingSegment(path: path) }
        guard found == byteCount else {
            throw .segmentSize(path: path, expected: byteCount, found: found)
        }
    }
}
