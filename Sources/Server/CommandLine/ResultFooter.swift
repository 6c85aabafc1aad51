/// What the server says about the work of a query, in `X-Daybook-Statistics`.
struct ResultFooter: Equatable {
    private var figures: [String: Int] = [:]

    /// Reads `name=number` pairs between semicolons; others are skipped.
    init(_ text: String) {
        for pair in text.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let number = Int(parts[1].trimmingBlanks()) else { continue }
            figures[String(parts[0].trimmingBlanks())] = number
        }
    }

    /// One figure.
    subscript(_ name: String) -> Int? { figures[name] }

    /// `12 rows · 8.4 ms · scanned 3 of 120 segments`; the parts that are known.
    ///
    /// - Parameter elapsedMicroseconds: What the client measured; the server's figure is preferred.
    func text(rowCount: Int, elapsedMicroseconds: Int) -> String {
        var parts = [rowCount == 1 ? "1 row" : "\(Self.grouped(rowCount)) rows"]
        parts.append(Self.milliseconds(figures["elapsed_us"] ?? elapsedMicroseconds))
        if let segments = figures["segments"], segments > 0 {
            let scanned = max(0, segments - (figures["segments_pruned"] ?? 0))
            parts.append("scanned \(scanned) of \(segments) segments")
        }
        return parts.joined(separator: " · ")
    }

    /// Microseconds as `8.4 ms`.
    static func milliseconds(_ microseconds: Int) -> String {
        let tenths = (microseconds + 50) / 100
        return "\(grouped(tenths / 10)).\(tenths % 10) ms"
    }

    /// A number with a comma before every three digits from the right.
    static func grouped(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}
