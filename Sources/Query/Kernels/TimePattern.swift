import Segments

/// How a time is written, as Joda-Time's patterns say it and Druid's users know it:
/// `yyyy-MM-dd'T'HH:mm:ss.SSSZZ`.
///
/// A run of one letter is a field, its length how it is written; texts in single quotes stand for
/// themselves, `''` is a quote, and so does every character that is no letter.
public struct TimePattern: Hashable, Sendable {
    /// What a run of letters stands for.
    enum Field: Character, Hashable, Sendable, CaseIterable {
        case era = "G"
        case century = "C"
        case yearOfEra = "Y"
        case year = "y"
        case weekYear = "x"
        case week = "w"
        case weekdayNumber = "e"
        case weekday = "E"
        case dayOfYear = "D"
        case month = "M"
        case day = "d"
        case halfDay = "a"
        case hourOfHalfDay = "K"
        case clockHourOfHalfDay = "h"
        case hour = "H"
        case clockHour = "k"
        case minute = "m"
        case second = "s"
        case fraction = "S"
        case zoneName = "z"
        case zoneOffset = "Z"
    }

    /// One part of a pattern.
    enum Piece: Hashable, Sendable {
        case literal([UInt8])
        case field(Field, width: Int)
    }

    /// Why a text is no pattern.
    struct Malformed: Error {
        let reason: String
    }

    /// In order; literals never stand side by side.
    private(set) var pieces: [Piece] = []
    private static let maximumWidth = 32

    /// Reads a pattern.
    init(_ text: String) throws(Malformed) {
        var rest = Array(text)[...]
        while let first = rest.first {
            if first == "'" {
                rest.removeFirst()
                try addQuoted(&rest)
                continue
            }
            let isLetter = first.isASCII && first.isLetter
            guard isLetter else {
                add(String(first))
                rest.removeFirst()
                continue
            }
            let run = rest.prefix { $0 == first }
            rest.removeFirst(run.count)
            guard let field = Field(rawValue: first) else {
                throw Malformed(reason: "the letter \(first) stands for nothing")
            }
            guard run.count <= Self.maximumWidth else {
                throw Malformed(reason: "\(run.count) letters \(first) are too many")
            }
            pieces.append(.field(field, width: run.count))
        }
        guard !pieces.isEmpty else { throw Malformed(reason: "it is empty") }
    }

    private mutating func addQuoted(_ rest: inout ArraySlice<Character>) throws(Malformed) {
        if rest.first == "'" {
            rest.removeFirst()
            return add("'")
        }
        var text = ""
        while let next = rest.popFirst() {
            guard next == "'" else {
                text.append(next)
                continue
            }
            guard rest.first == "'" else { return add(text) }
            rest.removeFirst()
            text.append("'")
        }
        throw Malformed(reason: "a quote is not closed")
    }

    private mutating func add(_ text: String) {
        if text.isEmpty { return }
        if case .literal(let bytes)? = pieces.last {
            pieces[pieces.count - 1] = .literal(bytes + text.utf8)
        } else {
            pieces.append(.literal(Array(text.utf8)))
        }
    }

    /// January first.
    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]

    /// Monday first.
    static let weekdays = [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]
}

/// How TIME_PARSE and TIME_FORMAT write times: in what form, and on which clock.
public struct TimeFormat: Hashable, Sendable {
    /// The form; ISO 8601 without one.
    public var pattern: TimePattern?
    /// The clock.
    public var zone: TimeZone

    /// ISO 8601 in UTC, if nothing else is said.
    public init(pattern: TimePattern? = nil, zone: TimeZone = .utc) {
        self.pattern = pattern
        self.zone = zone
    }

    /// Appends the text of an instant.
    func append(_ instant: Int64, to bytes: inout [UInt8]) {
        if let pattern {
            pattern.append(instant, in: zone, to: &bytes)
        } else {
            CivilTime.appendISO8601(microseconds: instant, in: zone, to: &bytes)
        }
    }

    /// The instant that a text names; `nil` where it is none of the form.
    func parse(_ text: Span<UInt8>) -> Int64? {
        guard let pattern else { return CivilTime.parseTimestamp(text, in: zone) }
        return pattern.parse(text, in: zone)
    }
}
