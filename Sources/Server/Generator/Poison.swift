/// Lines that must be rejected: each has exactly one fault, named by the code of its rejection.
enum PoisonKind: Int, CaseIterable {
    case invalidJSON, typeMismatch, missingField, unknownField, numberOutOfRange, invalidUTF8
    case invalidTimestamp

    /// The code a server answers with.
    var code: String {
        switch self {
        case .invalidJSON: "invalid_json"
        case .typeMismatch: "type_mismatch"
        case .missingField: "missing_field"
        case .unknownField: "unknown_field"
        case .numberOutOfRange: "number_out_of_range"
        case .invalidUTF8: "invalid_utf8"
        case .invalidTimestamp: "invalid_timestamp"
        }
    }
}

/// One fault: its kind, and in which of three ways it shows.
struct Poison {
    let kind: PoisonKind
    let variant: Int

    /// Draws the fault of an event's poisoned line.
    init(entity: UInt64, slot: Int, seed: UInt64) {
        var random = RandomStream(
            seed: seed, .fate, entity << 8 | UInt64(truncatingIfNeeded: slot | 0x80))
        kind = PoisonKind(rawValue: random.below(PoisonKind.allCases.count)) ?? .invalidJSON
        variant = random.below(3)
    }

    /// What stands where the measure, a BIGINT, belongs; nil if the measure is sound.
    var measureText: String? {
        switch kind {
        case .typeMismatch: ["\"twelve thousand\"", "true", "[12000]"][variant]
        case .numberOutOfRange:
            [
                "9223372036854775808", "-9223372036854775809", "99999999999999999999999999",
            ][variant]
        default: nil
        }
    }

    /// What stands where the time belongs; nil if the time is sound.
    var timeText: String? {
        guard kind == .invalidTimestamp else { return nil }
        return ["\"2026-02-30T00:00:00Z\"", "\"yesterday\"", "253402300800000"][variant]
    }

    /// Bytes for the last two places of the event id that are not UTF-8; nil if the id is sound.
    var idBytes: [UInt8]? {
        guard kind == .invalidUTF8 else { return nil }
        // A long form of '/', a follower without a leader, a leader without a follower.
        return [[0xC0, 0xAF], [0x41, 0x80], [0xC3, 0x28]][variant]
    }

    /// What stands between the last member and the end of the line, the closing brace included.
    var tail: String {
        switch (kind, variant) {
        case (.invalidJSON, 0): ",}"
        case (.invalidJSON, 1): ""
        case (.unknownField, 0): ",\"amuont\":1000}"
        case (.unknownField, 1): ",\"trace\":{\"span\":\"7f3a\"}}"
        case (.unknownField, _): ",\"memo\":\"call back\"}"
        default: "}"
        }
    }

    /// True if the line breaks off after its first members.
    var isTruncated: Bool { kind == .invalidJSON && variant == 2 }
    var omitsID: Bool { kind == .missingField && variant == 0 }
    var nullsID: Bool { kind == .missingField && variant == 1 }
    var omitsTime: Bool { kind == .missingField && variant == 2 }
}
