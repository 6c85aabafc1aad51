/// The files `manifest/M-<version>`: which one holds, and how the next one becomes durable.
///
/// There is no pointer to the current one: the highest version that validates wins. A version's
/// number is never used for two files, not even when the first attempt failed.
struct ManifestStore {
    /// Manifests that stay, with everything they list.
    static let retainedCount = 3
    /// Attempts to write a manifest, each under a new number, before an edit is refused.
    static let attemptCount = 3
    static let directory = "manifest"

    private let fileSystem: any FileSystem
    private(set) var nextVersion: UInt64
    /// Versions whose files are there, ascending: whole ones and damaged ones.
    private var whole: [UInt64]
    private var damaged: [UInt64]

    /// What a start finds.
    struct Loaded {
        var manifest: Manifest
        var hash: Hash128
        /// Older manifests that stay, newest first, as far as they are whole.
        var older: [Manifest]
        /// The damaged newest file that was passed over.
        var passedOver: (path: String, problem: String)?
    }

    /// What a publication made.
    struct Published {
        var manifest: Manifest
        var hash: Hash128
        /// An older file that could not be removed; tried again next time.
        var pruneFailure: FileError?
    }

    private enum Content {
        case whole(Manifest, Hash128)
        case damaged(String)
    }

    /// Finds the manifest that holds, or none where there is no file, or only empty ones.
    ///
    /// - Parameter canRecoverFrom: Asked before an older manifest stands in for a damaged newest
    ///   one: whether the log has every row since.
    static func load(
        _ fileSystem: any FileSystem, canRecoverFrom: (Manifest) -> Bool
    ) throws(CatalogError) -> (store: ManifestStore, loaded: Loaded?) {
        let names = try CatalogError.wrapping { () throws(FileError) in
            try fileSystem.list(directory)
        }
        let versions = names.compactMap(version(ofFileNamed:)).sorted(by: >)
        var store = ManifestStore(
            fileSystem: fileSystem, nextVersion: (versions.first ?? 0) + 1, whole: [], damaged: [])
        var loaded: Loaded?
        var problems: [(version: UInt64, problem: String)] = []
        for version in versions {
            let content = try store.read(version)
            let isWithinRetained = store.whole.count < retainedCount
            switch content {
            case .damaged(let problem):
                store.damaged.insert(version, at: 0)
                if loaded == nil { problems.append((version, problem)) }
            case .whole(let manifest, let hash):
                store.whole.insert(version, at: 0)
                if loaded == nil {
                    loaded = Loaded(manifest: manifest, hash: hash, older: [])
                } else if isWithinRetained {
                    loaded?.older.append(manifest)
                }
            }
        }
        guard let newest = problems.first else { return (store, loaded) }
        let problem = (path: path(of: newest.version), problem: newest.problem)
        if let found = loaded?.manifest {
            guard problems.count == 1, canRecoverFrom(found) else {
                throw .damagedManifest(
                    path: problem.path, problem: problem.problem, fallback: found.version)
            }
            loaded?.passedOver = problem
        } else if problems.contains(where: { $0.problem != emptyProblem }) {
            throw .damagedManifest(path: problem.path, problem: problem.problem, fallback: nil)
        }
        return (store, loaded)
    }

    /// The oldest version that stays. Files that this and all newer ones do not list are free.
    var oldestRetained: UInt64 { whole.suffix(Self.retainedCount).first ?? 0 }

    /// Whether a damaged manifest is still there, so that nobody knows what it lists.
    var hasDamaged: Bool { !damaged.isEmpty }

    /// Makes a manifest durable as the next version: written beside its name, synced, read back,
    /// renamed, directory synced.
    ///
    /// A rename that answers with an error may have happened; the answer is looked up.
    mutating func publish(_ content: Manifest) throws(CatalogError) -> Published {
        var failure = FileError(.write, path: Self.directory, code: 0, reason: "not tried")
        for _ in 0..<Self.attemptCount {
            var manifest = content
            manifest.version = nextVersion
            nextVersion += 1
            let path = Self.path(of: manifest.version)
            let bytes = manifest.encoded()
            do throws(FileError) {
                try fileSystem.writeTemporary(for: path, bytes)
                try fileSystem.rename(fileSystem.temporaryPath(for: path), to: path)
            } catch {
                failure = error
                guard error.operation == .rename, try isThere(path, bytes) else { continue }
            }
            do throws(FileError) {
                try fileSystem.sync(directory: Self.directory)
            } catch {
                throw .unknownOutcome(error)
            }
            whole.append(manifest.version)
            return Published(
                manifest: manifest, hash: Hash128(of: bytes.span), pruneFailure: prune())
        }
        throw .notPublished(attempts: Self.attemptCount, failure)
    }

    /// Whether the renamed file is there after all. If it is not, its temporary name goes too.
    private func isThere(_ path: String, _ bytes: [UInt8]) throws(CatalogError) -> Bool {
        do throws(FileError) {
            if try fileSystem.byteCount(of: path) != nil {
                let found = try fileSystem.readWhole(path)
                guard found == bytes else {
                    throw FileError(.rename, path: path, code: 0, reason: "another file is there")
                }
                return true
            }
        } catch {
            throw .unknownOutcome(error)
        }
        // Left behind it is swept at the next start; the failed rename is what gets reported.
        try? fileSystem.remove(fileSystem.temporaryPath(for: path))
        return false
    }

    /// Removes files older than the retained ones; a failure is kept for the next time.
    private mutating func prune() -> FileError? {
        let oldest = oldestRetained
        var failure: FileError?
        for version in whole + damaged where version < oldest {
            do throws(FileError) {
                try fileSystem.remove(Self.path(of: version))
                whole.removeAll { $0 == version }
                damaged.removeAll { $0 == version }
            } catch {
                failure = error
            }
        }
        return failure
    }

    // MARK: Names and content

    private static let emptyProblem = "it is empty"

    /// `manifest/M-` and sixteen hexadecimal digits.
    static func path(of version: UInt64) -> String { directory + "/M-" + version.hexDigits }

    /// The version in a file's name; `nil` for every other name.
    static func version(ofFileNamed name: String) -> UInt64? {
        name.hasPrefix("M-") ? UInt64(hexDigits: name.dropFirst(2)) : nil
    }

    private func read(_ version: UInt64) throws(CatalogError) -> Content {
        let path = Self.path(of: version)
        let bytes = try CatalogError.wrapping { () throws(FileError) in
            let file = try fileSystem.open(path, for: .read)
            file.forgetCached()
            return try file.read(at: 0, count: try file.byteCount())
        }
        guard !bytes.isEmpty else { return .damaged(Self.emptyProblem) }
        do throws(ManifestDecodingError) {
            let manifest = try Manifest(decoding: bytes)
            guard manifest.version == version else {
                return .damaged("it is version \(manifest.version)")
            }
            return .whole(manifest, Hash128(of: bytes.span))
        } catch {
            switch error {
            case .damaged(let error): return .damaged("\(error)")
            case .newerFormat(let found):
                throw .newerFormat(path: path, found: found, supported: Manifest.formatVersion)
            }
        }
    }
}

extension FileSystem {
    /// All bytes of a small file.
    func readWhole(_ path: String) throws(FileError) -> [UInt8] {
        let file = try open(path, for: .read)
        return try file.read(at: 0, count: try file.byteCount())
    }
}

extension UInt64 {
    /// Sixteen lower-case hexadecimal digits.
    var hexDigits: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Exactly what `hexDigits` writes.
    init?(hexDigits digits: some StringProtocol) {
        guard digits.utf8.count == 16, let value = UInt64(digits, radix: 16),
            value.hexDigits == String(digits)
        else { return nil }
        self = value
    }
}
