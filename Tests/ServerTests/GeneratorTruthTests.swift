import Testing

@testable import Server

/// Counts a run's lines again, from the bytes alone.
private struct Recount {
    var totals: [String: GeneratorTruth.Totals] = [:]
    var days: [Int64: Int] = [:]
    var orders: Set<String> = []
    var payments: Set<String> = []
    var seen: [String: [UInt8]] = [:]
    var rejected: [String: Int] = [:]
    var lines = 0, duplicates = 0, conflicts = 0, outOfOrder = 0
    var latest = Int64.min, earliest = Int64.max

    init(_ bytes: [UInt8], _ reader: GeneratorReader, entityColumn: String) {
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .dropLast()
        {
            lines += 1
            let (members, code) = reader.read(Array(line))
            if let code {
                rejected[code, default: 0] += 1
            } else {
                count(Array(line), members, reader.measure, entityColumn)
            }
        }
    }

    private mutating func count(
        _ line: [UInt8], _ members: [String: GeneratorReader.Value], _ measure: String,
        _ entityColumn: String
    ) {
        func text(_ name: String) -> String {
            if case .text(let text)? = members[name] { text } else { "" }
        }
        func number(_ name: String) -> Int64 {
            if case .number(let text)? = members[name] { Int64(text) ?? .min } else { 0 }
        }
        if let first = seen[text("event_id")] {
            if first == line { duplicates += 1 } else { conflicts += 1 }
            return
        }
        seen[text("event_id")] = line
        let time = number("event_time")
        outOfOrder += time < latest ? 1 : 0
        latest = max(latest, time)
        earliest = min(earliest, time)
        days[time / 86_400_000, default: 0] += 1
        orders.insert(text(entityColumn))
        payments.insert(text("payment_key"))
        let key = text("event_type") + " " + text("currency")
        totals[key, default: .init()].add(
            EventFacts(
                type: 0, measure: number(measure), fee: number("fee"), tax: number("tax")))
    }
}

@Suite struct GeneratorTruthTests {
    /// The columns of a stream, from its CREATE TABLE statement.
    static func columns(_ stream: GeneratorOptions.Stream) -> [String] {
        GeneratorTables.createTable(for: stream).split(separator: "\n").compactMap { line in
            guard line.hasPrefix("  "), !line.contains("UNIQUE") else { return nil }
            return line.split(separator: " ").first.map(String.init)
        }
    }

    @Test(
        "The truth equals what a naive reader counts", arguments: GeneratorOptions.Stream.allCases)
    func recount(stream: GeneratorOptions.Stream) throws {
        let (bytes, generator) = try generated(mixedOptions(stream))
        let truth = generator.truth
        let reader = GeneratorReader(
            columns: Self.columns(stream), measure: stream.measureColumn)
        let counted = Recount(bytes, reader, entityColumn: stream.entityColumn)
        #expect(counted.lines == truth.lines)
        #expect(counted.seen.count == truth.accepted)
        #expect(counted.orders.count == truth.entities)
        if stream == .ledger { #expect(counted.payments.count == truth.entities) }
        #expect(counted.duplicates == truth.duplicates && truth.duplicates > 0)
        #expect(counted.conflicts == truth.conflicts && truth.conflicts > 0)
        #expect(counted.rejected == truth.rejectedByCode)
        #expect(counted.outOfOrder == truth.outOfOrder)
        #expect(counted.earliest == truth.minimumTime && counted.latest == truth.maximumTime)
        for (index, rows) in truth.days.enumerated() {
            #expect(counted.days[Int64(truth.firstDay + index), default: 0] == rows)
        }
        var cells = 0
        for (type, name) in stream.eventTypes.enumerated() {
            for currency in 0..<truth.currencyCount {
                let code = stream.currencies.isEmpty ? "" : stream.currencies[currency]
                let told = truth.totals[type * truth.currencyCount + currency]
                #expect(counted.totals["\(name) \(code)", default: .init()] == told)
                cells += told.rows
            }
        }
        #expect(cells == truth.accepted)
    }

    @Test("Look-up samples in the truth are what the lines say")
    func samples() throws {
        let (bytes, generator) = try generated(mixedOptions())
        let json = generator.truthJSON()
        let reader = GeneratorReader(columns: Self.columns(.ledger), measure: "amount")
        var seen: Set<String> = []
        var rows: [String: Int] = [:]
        var sums: [String: Int64] = [:]
        var last: [String: String] = [:]
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let (members, code) = reader.read(Array(line))
            guard code == nil, case .text(let id)? = members["event_id"], seen.insert(id).inserted,
                case .text(let order)? = members["order_id"],
                case .text(let payment)? = members["payment_key"],
                case .number(let amount)? = members["amount"]
            else { continue }
            let key = "\"order_id\": \"\(order)\",\n        \"payment_key\": \"\(payment)\""
            rows[key, default: 0] += 1
            sums[key, default: 0] += Int64(amount) ?? 0
            last[key] = id
        }
        let told = rows.keys.filter { json.contains($0) }
        #expect(told.count == generator.truth.samples.count && told.count >= 10)
        for key in told {
            let text = """
                \(key),
                        "rows": \(rows[key] ?? 0),
                        "amount": \(sums[key] ?? 0),
                        "last_event_id": "\(last[key] ?? "")"
                """
            #expect(json.contains(text))
        }
    }

    @Test("A truth is JSON, with the members its readers need")
    func truthIsJSON() throws {
        for stream in GeneratorOptions.Stream.allCases {
            let json = try generated(mixedOptions(stream)).generator.truthJSON()
            let line = json.filter { $0 != "\n" && $0 != " " }
            let reader = GeneratorReader(columns: [], measure: "")
            let (members, _) = reader.read(Array(line.utf8))
            for name in ["lines", "accepted", "distinct", "planted", "rejected", "sums", "days"] {
                #expect(members[name] != nil)
            }
        }
    }
}
