/// What `daybook generate` is asked for. Equal options give equal bytes, on every machine.
public struct GeneratorOptions: Equatable, Sendable {
    /// The events to write; each stream has one small schema (see ``GeneratorTables``).
    public enum Stream: String, CaseIterable, Sendable {
        /// Orders, payments, acquisition, settlement, refunds, cancellations, chargebacks.
        case ledger
        /// Draft orders: opened, changed, submitted or abandoned.
        case drafts
        /// Stock movements of consignments, with signed quantities.
        case stock
        /// Coupons: issued, redeemed, redemption cancelled, expired.
        case coupons
    }

    /// The most lines of one run; it keeps every id distinct and every sum inside 64 bits.
    public static let maximumRows = 10_000_000_000
    /// The longest run, ten years.
    public static let maximumDays = 3_660
    /// The largest share of events that may be late, doubled, and so on: one in two.
    public static let maximumShare = Share(partsPerMillion: 500_000)

    /// Lines to write, all kinds together.
    public var rows: Int
    /// Days these lines spread over, within about one part in a hundred.
    public var days: Int
    /// Everything random follows from it.
    public var seed: UInt64
    /// Events that arrive half an hour to 48 hours after their time.
    public var late: Share
    /// Events whose very same line is sent again later.
    public var duplicates: Share
    /// Events whose id comes again later with another amount.
    public var conflicts: Share
    /// Events followed by a CORRECTION that carries the signed difference; ledger only.
    public var corrections: Share
    /// Events followed by a line of another event that must be rejected.
    public var poison: Share
    /// Which events.
    public var stream: Stream
    /// The first day, which starts at midnight in Korea.
    public var base: CivilDate

    /// Makes options; the defaults are those of the command.
    public init(
        rows: Int = 1_000_000, days: Int = 30, seed: UInt64 = 42,
        late: Share = Share(partsPerMillion: 20_000), duplicates: Share = .none,
        conflicts: Share = .none, corrections: Share = .none, poison: Share = .none,
        stream: Stream = .ledger, base: CivilDate = CivilDate(year: 2026, month: 9, day: 1)
    ) {
        self.rows = rows
        self.days = days
        self.seed = seed
        self.late = late
        self.duplicates = duplicates
        self.conflicts = conflicts
        self.corrections = corrections
        self.poison = poison
        self.stream = stream
        self.base = base
    }

    /// Throws the first option that is outside its limits.
    public func validate() throws(GeneratorError) {
        guard 1...Self.maximumRows ~= rows else {
            throw .option("--rows", found: "\(rows)", expected: "1 to \(Self.maximumRows)")
        }
        guard 1...Self.maximumDays ~= days else {
            throw .option("--days", found: "\(days)", expected: "1 to \(Self.maximumDays)")
        }
        let shares = [
            ("--late", late), ("--duplicates", duplicates), ("--conflicts", conflicts),
            ("--corrections", corrections), ("--poison", poison),
        ]
        for (name, share) in shares where share > Self.maximumShare {
            throw .option(name, found: "\(share)", expected: "0 to \(Self.maximumShare) percent")
        }
        guard stream == .ledger || corrections == .none else {
            throw .option(
                "--corrections", found: "\(corrections)",
                expected: "0: only the ledger stream has corrections")
        }
    }
}

/// A share of events, exact to one in a million; its text is a percentage, such as `0.5`.
public struct Share: Comparable, Sendable, CustomStringConvertible {
    /// No event at all.
    public static let none = Share(partsPerMillion: 0)

    /// Events of a million.
    public let partsPerMillion: Int

    /// Makes a share from events of a million.
    public init(partsPerMillion: Int) {
        self.partsPerMillion = partsPerMillion
    }

    /// Reads a percentage: digits, and at most four more behind a point.
    public init?(percent text: String) {
        var value = 0
        var decimals: Int?
        for byte in text.utf8 {
            if byte == UInt8(ascii: "."), decimals == nil {
                decimals = 0
                continue
            }
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte, value < 100_000_000 else {
                return nil
            }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
            decimals = decimals.map { $0 + 1 }
        }
        let scale = decimals ?? 0
        guard scale <= 4, text.utf8.count > (decimals == nil ? 0 : 1) else { return nil }
        for _ in scale..<4 { value *= 10 }
        partsPerMillion = value
    }

    /// The percentage, without needless zeros.
    public var description: String {
        var decimals = String(partsPerMillion % 10_000 + 10_000).dropFirst()
        while decimals.hasSuffix("0") { decimals.removeLast() }
        return "\(partsPerMillion / 10_000)" + (decimals.isEmpty ? "" : ".\(decimals)")
    }

    /// Orders shares by size.
    public static func < (left: Share, right: Share) -> Bool {
        left.partsPerMillion < right.partsPerMillion
    }
}
