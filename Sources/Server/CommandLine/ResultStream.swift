import Ingest

/// Reads the answer of `/v1/sql` in the format `arrayLines` with its header while it comes, and
/// hands every row on.
///
///     ["merchant_id","amount"]     names
///     ["VARCHAR","BIGINT"]         SQL types
///     ["M00017",12000]             rows …
///     (empty line)                 the answer is whole
///
/// A problem document starts with `{` instead and is kept as it is.
struct ResultStream {
    private enum Place {
        case names, types, rows, whole
    }

    private var place = Place.names
    private var line: [UInt8] = []
    private var names: [String] = []
    /// The body, if it is no result.
    private(set) var problem: [UInt8] = []
    private var isProblem: Bool?
    private var hasBegun = false
    /// The first line that made no sense.
    private(set) var fault: String?

    /// Takes the next piece of the body.
    mutating func append(_ piece: ArraySlice<UInt8>, to printer: inout RowPrinter) {
        guard let first = piece.first, fault == nil else { return }
        let isProblem = self.isProblem ?? (first == UInt8(ascii: "{"))
        self.isProblem = isProblem
        if isProblem {
            problem += piece
            return
        }
        var start = piece.startIndex
        while let end = piece[start...].firstIndex(of: UInt8(ascii: "\n")) {
            line += piece[start..<end]
            start = end + 1
            take(&printer)
            line.removeAll(keepingCapacity: true)
        }
        line += piece[start...]
    }

    /// Ends the answer; one without its empty line is not whole.
    mutating func finish(_ printer: inout RowPrinter) {
        if !line.isEmpty { take(&printer) }
        line = []
        if fault == nil, problem.isEmpty, place != .whole { fault = "the answer ends too early" }
        if hasBegun { printer.end() }
    }

    private mutating func take(_ printer: inout RowPrinter) {
        if place == .whole { return }
        if line.isEmpty {
            if place == .rows { place = .whole } else { fault = "the answer ends too early" }
            return
        }
        guard let elements = (try? JSONValue(parsing: line))?.elements else {
            fault = "a line of the answer is no JSON array"
            return
        }
        switch place {
        case .names:
            names = elements.map { $0.cell ?? "" }
            if names.isEmpty { place = .whole } else { place = .types }
        case .types:
            guard elements.count == names.count else {
                fault = "the answer has \(names.count) names and \(elements.count) types"
                return
            }
            printer.begin(names: names, types: elements.map { $0.cell ?? "" })
            hasBegun = true
            place = .rows
        case .rows:
            guard elements.count == names.count else {
                fault = "a row has \(elements.count) values instead of \(names.count)"
                return
            }
            printer.append(elements)
        case .whole: break
        }
    }
}
