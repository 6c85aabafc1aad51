/// Why a segment could not be written or read.
public enum SegmentError: Error, Hashable, Sendable {
    /// The file system refused.
    case file(FileError)
    /// The file does not say what it should; it must not be trusted.
    case damaged(SegmentDamage)
    /// The file is of a format version that this build does not know.
    case unsupportedVersion(path: String, found: UInt32)
    /// The rows do not fit the format.
    case limit(path: String, what: String, limit: Int, found: Int)
    /// The caller's column has another type than the segment's column of that id.
    case typeMismatch(path: String, columnID: UInt32, expected: LogicalType, found: LogicalType)
}

/// Where a segment file is wrong, and how.
public struct SegmentDamage: Hashable, Sendable {
    /// The file.
    public let path: String
    /// Where in the file.
    public let byteOffset: Int
    /// What should be there.
    public let expected: String
    /// What is there.
    public let found: String

    /// A place and what is wrong with it.
    public init(path: String, byteOffset: Int, expected: String, found: String) {
        self.path = path
        self.byteOffset = byteOffset
        self.expected = expected
        self.found = found
    }
}

extension SegmentDamage: CustomStringConvertible {
    /// `seg/0001.segment, byte 4096: expected checksum 1f, found 2e`.
    public var description: String {
        "\(path), byte \(byteOffset): expected \(expected), found \(found)"
    }
}

extension SegmentError: CustomStringConvertible {
    /// One line for logs and answers.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .damaged(let damage): "segment is damaged: \(damage)"
        case .unsupportedVersion(let path, let found):
            "\(path) has segment format \(found); this build reads \(SegmentFormat.version)"
        case .limit(let path, let what, let limit, let found):
            "\(path): \(found) \(what), the limit is \(limit)"
        case .typeMismatch(let path, let columnID, let expected, let found):
            "\(path): column \(columnID) is \(found), not \(expected)"
        }
    }
}
