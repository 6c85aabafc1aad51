extension LedgerGenerator {
    /// The truth as JSON text, with a line feed at its end; its members are described beside the
    /// samples, in `sample-data/README.md`.
    public func truthJSON() -> String {
        var json = TruthText()
        json.object { json in
            json.member("table", options.stream.rawValue)
            json.object("options") { writeOptions(&$0) }
            json.member("lines", truth.lines)
            json.member("bytes", truth.bytes)
            json.member("accepted", truth.accepted)
            json.object("distinct") { json in
                json.member("event_id", truth.accepted)
                json.member(options.stream.entityColumn, truth.entities)
                if options.stream == .ledger { json.member("payment_key", truth.entities) }
            }
            if truth.accepted > 0 {
                json.object("event_time") { json in
                    json.member("minimum", truth.minimumTime)
                    json.member("maximum", truth.maximumTime)
                }
            }
            json.object("planted") { json in
                json.member("late", truth.late)
                json.member("out_of_order", truth.outOfOrder)
                json.member("corrections", truth.corrections)
                json.member("duplicates", truth.duplicates)
                json.member("conflicts", truth.conflicts)
                json.member("rejected", truth.rejectedCount)
            }
            json.object("rejected") { json in
                for kind in PoisonKind.allCases {
                    json.member(kind.code, truth.rejected[kind.rawValue])
                }
            }
            writeTotals(&json)
            writeDays(&json)
            json.object("samples") { writeSamples(&$0) }
        }
        return json.text + "\n"
    }

    private func writeOptions(_ json: inout TruthText) {
        json.member("stream", options.stream.rawValue)
        json.member("rows", options.rows)
        json.member("days", options.days)
        json.member("seed", options.seed)
        json.member("late", options.late.description)
        json.member("duplicates", options.duplicates.description)
        json.member("conflicts", options.conflicts.description)
        json.member("corrections", options.corrections.description)
        json.member("poison", options.poison.description)
        json.member("base", options.base.description)
    }

    private func writeTotals(_ json: inout TruthText) {
        let stream = options.stream
        json.object("event_types") { json in
            for (type, name) in stream.eventTypes.enumerated() {
                let first = type * truth.currencyCount
                let rows = truth.totals[first..<(first + truth.currencyCount)]
                    .reduce(0) { $0 + $1.rows }
                json.member(name, rows)
            }
        }
        json.array("sums") { json in
            for (index, totals) in truth.totals.enumerated() where totals.rows > 0 {
                json.object { json in
                    json.member("event_type", stream.eventTypes[index / truth.currencyCount])
                    if !stream.currencies.isEmpty {
                        json.member("currency", stream.currencies[index % truth.currencyCount])
                    }
                    write(totals, to: &json)
                }
            }
        }
    }

    private func write(_ totals: GeneratorTruth.Totals, to json: inout TruthText) {
        json.member("rows", totals.rows)
        json.member(options.stream.measureColumn, totals.measure)
        if options.stream == .ledger {
            json.member("fee", totals.fee)
            json.member("tax", totals.tax)
        }
    }

    private func writeDays(_ json: inout TruthText) {
        json.array("days") { json in
            for (index, rows) in truth.days.enumerated() where rows > 0 {
                json.object { json in
                    let day = CivilDate(daysSince1970: truth.firstDay + index)
                    json.member("day", day.description)
                    json.member("rows", rows)
                }
            }
        }
    }

    private func writeSamples(_ json: inout TruthText) {
        json.array("entities") { json in
            for sample in truth.samples {
                json.object { json in
                    json.member(options.stream.entityColumn, entityID(of: sample))
                    if options.stream == .ledger {
                        json.member("payment_key", paymentKey(of: sample))
                    }
                    json.member("rows", sample.rows)
                    json.member(options.stream.measureColumn, sample.measure)
                    json.member("last_event_id", lastEventID(of: sample))
                }
            }
        }
        guard options.stream == .ledger else { return }
        json.array("merchants") { json in
            for merchant in truth.merchants {
                json.object { json in
                    json.member("merchant_id", Self.merchantID(merchant))
                    write(truth.merchantTotals[merchant], to: &json)
                }
            }
        }
    }

    /// The id of a merchant's number.
    static func merchantID(_ merchant: Int) -> String {
        let digits = String(merchant)
        return "M" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    private func entityID(of sample: GeneratorTruth.SampleEntity) -> String {
        let scrambled = GeneratedID.scramble40(sample.entity, seed: options.seed)
        return options.stream.entityPrefix
            + text { writer in
                if options.stream == .ledger {
                    let day = CivilDate(daysSince1970: koreanDay(sample.start))
                    writer.put(text: "\(day)".filter { $0 != "-" } + "-")
                }
                writer.put(base32: scrambled, digits: 8)
            }
    }

    private func paymentKey(of sample: GeneratorTruth.SampleEntity) -> String {
        "pay_" + text { streams.writePaymentKey(of: sample.entity, to: &$0) }
    }

    private func lastEventID(of sample: GeneratorTruth.SampleEntity) -> String {
        text {
            $0.putEventID(
                time: sample.lastTime, entity: sample.entity, slot: sample.lastSlot,
                isPoison: false, seed: options.seed)
        }
    }

    /// What `body` writes, as text.
    private func text(_ body: (inout LineWriter) -> Void) -> String {
        var writer = LineWriter(book: PhraseBook())
        writer.reserveLine()
        body(&writer)
        return String(decoding: writer.bytes[..<writer.count], as: UTF8.self)
    }
}
