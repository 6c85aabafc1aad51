import Synchronization

/// What a repair does to files: nothing is removed, damaged files go to `quarantine/`.
extension Catalog {
    /// Where files are set aside.
    public static let quarantineDirectory = "quarantine"

    /// Moves files to `quarantine/`, under their own names behind `stamp`, durably.
    ///
    /// Paths without a file are passed over. A name that is taken is never replaced.
    ///
    /// - Parameter stamp: Tells one repair from another: a time.
    /// - Returns: Where the files are now.
    public func setAside(
        _ paths: [String], stamp: String
    ) throws(CatalogError) -> [String] {
        try CatalogError.wrapping { () throws(FileError) in
            try fileSystem.durableCreateDirectory(Self.quarantineDirectory)
            var moved: [String] = []
            for path in paths where try fileSystem.byteCount(of: path) != nil {
                let name = path.split(separator: "/").joined(separator: "-")
                var target = "\(Self.quarantineDirectory)/\(stamp)-\(name)"
                var copy = 1
                while try fileSystem.byteCount(of: target) != nil {
                    copy += 1
                    target = "\(Self.quarantineDirectory)/\(stamp)-\(copy)-\(name)"
                }
                try fileSystem.durableMove(path, to: target)
                moved.append(target)
            }
            return moved
        }
    }

    /// Segment files that no manifest lists: what a start would sweep, unless a lost manifest
    /// listed them.
    public func unlistedSegmentFiles() throws(CatalogError) -> [String] {
        let (manifest, retired) = state.withLock { ($0.manifest, $0.retired) }
        return try CatalogError.wrapping { () throws(FileError) in
            try fileSystem.list(SegmentFiles.directory).filter { name in
                guard let id = SegmentFiles.id(ofFileNamed: name) else { return false }
                return !manifest.lists(id) && retired[id] == nil
            }.sorted().map { SegmentFiles.directory + "/" + $0 }
        }
    }

    /// Takes segments out of the manifest whose files are damaged or gone. Their rows are lost to
    /// queries; the files stay where they are, for `setAside`.
    public func abandon(_ segments: [SegmentID]) throws(CatalogError) {
        var edit = ManifestEdit()
        edit.removedSegments = segments
        try publish(edit)
    }
}
