import Glibc
import Synchronization

/// Why a time zone cannot be had.
public enum TimeZoneError: Error, Hashable, Sendable {
    /// There is none of that name; perhaps `nearest` was meant.
    case unknown(name: String, nearest: String?)
    /// The name cannot be one: no path leaves the directory.
    case invalidName(String)
    /// There are no time-zone files at all in this directory.
    case noDatabase(directory: String)
    /// The file of that zone is not what RFC 8536 says.
    case malformed(name: String)
    /// It could not be read.
    case file(FileError)
}

extension TimeZoneError: CustomStringConvertible {
    /// What is wrong, in a sentence.
    public var description: String {
        switch self {
        case .unknown(let name, _): "there is no time zone '\(name)'"
        case .invalidName(let name): "'\(name)' is no name of a time zone"
        case .noDatabase(let directory):
            "there is no time-zone database in /\(directory); install the package tzdata"
        case .malformed(let name): "the file of the time zone '\(name)' is malformed"
        case .file(let error): error.description
        }
    }

    /// What to write instead, where that is known.
    public var hint: String? {
        switch self {
        case .unknown(_, let nearest?): "did you mean '\(nearest)'?"
        case .unknown, .invalidName: "for example 'Asia/Seoul', '+09:00' or 'UTC'"
        default: nil
        }
    }
}

/// The system's time zones, read once each from its compiled files.
///
/// `UTC`, `Z`, `GMT`, `Etc/UTC` and offsets such as `+09:00` need no file. Safe to call from any
/// thread.
public final class TimeZoneDatabase: Sendable {
    /// Where Linux keeps them, from the root.
    public static let systemDirectory = "usr/share/zoneinfo"
    private static let maximumNameByteCount = 64
    /// More zones than there are names; beyond it they are read again each time.
    private static let maximumCachedCount = 2_048

    private let fileSystem: any FileSystem
    private let directory: String
    private let zones = Mutex<[String: TimeZone]>([:])

    /// The files in `directory`, a path as `fileSystem` takes it.
    public init(
        _ fileSystem: any FileSystem, directory: String = TimeZoneDatabase.systemDirectory
    ) {
        self.fileSystem = fileSystem
        self.directory = directory
    }

    /// The zone of a name, as `Asia/Seoul`, or of an offset, as `+09:00`.
    public func zone(named name: String) throws(TimeZoneError) -> TimeZone {
        if let zone = Self.builtIn(name) { return zone }
        guard Self.isName(name) else { throw .invalidName(name) }
        if let known = zones.withLock({ $0[name] }) { return known }
        let zone = try read(name)
        zones.withLock { if $0.count < Self.maximumCachedCount { $0[name] = zone } }
        return zone
    }

    /// The zones that need no file; `nil` for other names.
    public static func builtIn(_ name: String) -> TimeZone? {
        switch name.uppercased() {
        case "UTC", "Z", "GMT", "ETC/UTC", "ETC/GMT", "ETC/UCT", "UCT", "ZULU", "UNIVERSAL":
            return .utc
        default: return fixed(name)
        }
    }

    /// `+hh`, `+hhmm` or `+hh:mm`, less than a day.
    private static func fixed(_ name: String) -> TimeZone? {
        let bytes = Array(name.utf8)
        guard let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else {
            return nil
        }
        var digits = bytes.dropFirst()
        if digits.count == 5, digits[3] == UInt8(ascii: ":") { digits.remove(at: 3) }
        guard digits.count == 2 || digits.count == 4,
            digits.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }),
            let number = Int64(String(decoding: digits, as: UTF8.self))
        else { return nil }
        let (hours, minutes) = digits.count == 2 ? (number, 0) : (number / 100, number % 100)
        guard hours < 24, minutes < 60 else { return nil }
        let length =
            hours * CivilTime.microsecondsPerHour + minutes * CivilTime.microsecondsPerMinute
        if length == 0 { return .utc }
        var spelling: [UInt8] = []
        CivilTime.appendOffset(sign == UInt8(ascii: "-") ? -length : length, to: &spelling)
        let own = String(decoding: spelling, as: UTF8.self)
        let type = TimeZone.LocalType(
            offset: sign == UInt8(ascii: "-") ? -length : length, isDaylight: false,
            abbreviation: own)
        return TimeZone(name: own, transitions: [], types: [type])
    }

    /// Names of letters, digits, `_`, `-` and `+`, at most three joined by `/`, no dot anywhere.
    private static func isName(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return name.utf8.count <= maximumNameByteCount && parts.count <= 3
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.allSatisfy { byte in
                        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
                            || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+")]
                                .contains(byte)
                    }
            }
    }

    private func read(_ name: String) throws(TimeZoneError) -> TimeZone {
        let bytes: [UInt8]
        do throws(FileError) {
            let path = "\(directory)/\(name)"
            guard let byteCount = try fileSystem.byteCount(of: path),
                byteCount <= TimeZoneFile.maximumByteCount
            else { throw FileError(.open, path: path, code: ENOENT) }
            bytes = try fileSystem.open(path, for: .read).read(at: 0, count: byteCount)
        } catch {
            guard [ENOENT, ENOTDIR, EISDIR].contains(error.code) else { throw .file(error) }
            throw missing(name)
        }
        guard TimeZoneFile.isOne(bytes) else { throw missing(name) }
        guard let zone = TimeZoneFile.zone(named: name, bytes) else {
            throw .malformed(name: name)
        }
        return zone
    }

    /// Whether the name or all of them are missing.
    private func missing(_ name: String) -> TimeZoneError {
        guard let top = try? fileSystem.list(directory), !top.isEmpty else {
            return .noDatabase(directory: directory)
        }
        var names = top
        for region in top where region.first?.isUppercase ?? false {
            let places = (try? fileSystem.list("\(directory)/\(region)")) ?? []
            names += places.map { "\(region)/\($0)" }
        }
        return .unknown(name: name, nearest: Spelling.nearest(to: name, among: names.sorted()))
    }
}

extension TimeZoneDatabase: Equatable {
    /// Whether both are the same object.
    public static func == (one: TimeZoneDatabase, other: TimeZoneDatabase) -> Bool { one === other }
}
