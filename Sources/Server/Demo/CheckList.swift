/// What was checked, with the figures: the demonstration's result.
struct CheckList {
    /// One figure, and what it had to be.
    struct Check {
        var title: String
        var expected: String
        var found: String
        var holds: Bool
        /// What differs, for people.
        var difference: String?
    }

    private(set) var checks: [Check] = []

    /// Whether everything was as expected.
    var holds: Bool { checks.allSatisfy(\.holds) }

    /// Notes a figure that must be equal.
    mutating func equal(_ title: String, expected: Int, found: Int) {
        add(
            title, expected: ResultFooter.grouped(expected), found: ResultFooter.grouped(found),
            holds: expected == found)
    }

    /// Notes a figure that must lie in a range.
    mutating func within(_ title: String, _ range: ClosedRange<Int>, found: Int) {
        let low = ResultFooter.grouped(range.lowerBound)
        let high = ResultFooter.grouped(range.upperBound)
        add(
            title, expected: low == high ? low : "\(low) to \(high)",
            found: ResultFooter.grouped(found), holds: range.contains(found))
    }

    /// Notes rows that must be equal, in order.
    mutating func equal(_ title: String, expected: [[String]], found: [[String]]) {
        var check = Check(
            title: title, expected: Self.summary(expected), found: Self.summary(found),
            holds: expected == found)
        if !check.holds {
            let row = zip(expected, found).enumerated().first { $1.0 != $1.1 }?.offset
            let place = row ?? min(expected.count, found.count)
            let wanted = place < expected.count ? "\(expected[place])" : "no such row"
            let given = place < found.count ? "\(found[place])" : "no such row"
            check.difference = "row \(place + 1): expected \(wanted), found \(given)"
        }
        checks.append(check)
    }

    /// Notes a check with its own words.
    mutating func add(
        _ title: String, expected: String, found: String, holds: Bool, difference: String? = nil
    ) {
        checks.append(
            Check(
                title: title, expected: expected, found: found, holds: holds,
                difference: difference))
    }

    /// The table for people.
    func text() -> String {
        var text = ResultTable(
            names: ["checked", "expected", "found", ""], types: ["", "BIGINT", "BIGINT", ""],
            showsTypes: false,
            rows: checks.map { [$0.title, $0.expected, $0.found, $0.holds ? "ok" : "WRONG"] }
        ).text()
        for check in checks {
            if let difference = check.difference { text += "\(check.title): \(difference)\n" }
        }
        return text
    }

    /// One cell for a single figure; else how many rows, and a hash that equal rows share.
    private static func summary(_ rows: [[String]]) -> String {
        if rows.count == 1, rows[0].count == 1 { return rows[0][0] }
        let count = rows.count == 1 ? "1 row" : "\(rows.count) rows"
        return "\(count) #\(ResultHash.text(of: rows))"
    }
}

/// A short name for a result: equal results have equal ones.
enum ResultHash {
    /// Eight hexadecimal digits of FNV-1a over the cells.
    static func text(of rows: [[String]]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for row in rows {
            for cell in row {
                for byte in cell.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
                hash = (hash ^ 0x1f) &* 0x100_0000_01b3
            }
            hash = (hash ^ 0x1e) &* 0x100_0000_01b3
        }
        let digits = String((hash ^ (hash >> 32)) & 0xffff_ffff, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
