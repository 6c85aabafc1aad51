/// A question of the bench.
struct BenchQuery {
    let title: String
    let sql: String
    /// The right answer, where the truth knows it.
    var rows: [[String]]?
}

/// The list of them: those whose answers the truth knows, and those that peers are asked too.
enum BenchQueries {
    /// Questions whose answers the truth knows.
    static func known(_ truth: LedgerTruth) -> [BenchQuery] {
        let known = truth.queries.filter { $0.parameters.isEmpty }.map {
            BenchQuery(title: String($0.title.dropFirst("SQL: ".count)), sql: $0.sql, rows: $0.rows)
        }
        return [sum(truth)] + known
    }

    private static func sum(_ truth: LedgerTruth) -> BenchQuery {
        let totals = truth.totals.totals.reduce(into: GeneratorTruth.Totals()) { sum, part in
            sum.rows += part.rows
            sum.measure += part.measure
            sum.fee += part.fee
            sum.tax += part.tax
        }
        return BenchQuery(
            title: "sums of the whole table",
            sql: "SELECT COUNT(*), SUM(amount), SUM(fee), SUM(tax) FROM ledger",
            rows: [
                [
                    String(totals.rows), String(totals.measure), String(totals.fee),
                    String(totals.tax),
                ]
            ])
    }

    /// The questions of `queries.sql`, Daybook's text of each, in order.
    ///
    /// - Throws: Where the text asks for a parameter that is not there.
    static func shared(_ parameters: BenchParameters) throws(CommandError) -> [BenchQuery] {
        let file = String(decoding: PackageResources.queries_sql, as: UTF8.self)
        var queries: [BenchQuery] = []
        for var template in templates(file) {
            for (name, value) in parameters.values {
                template.sql = template.sql.replacing("{{\(name)}}", with: value)
            }
            guard !template.sql.contains("{{") else {
                throw CommandError("a parameter of this question is unknown: \(template.sql)")
            }
            queries.append(BenchQuery(title: template.title, sql: template.sql))
        }
        return queries
    }

    /// The questions of a file in the format of `queries.sql`: "q01 title" and the text for
    /// Daybook, which is the one for everyone where there is no other.
    static func templates(_ file: String) -> [(title: String, sql: String)] {
        var templates: [(title: String, sql: String)] = []
        var isOurs = false
        for line in file.split(separator: "\n") {
            if line.hasPrefix("-- query ") {
                let words = line.split(separator: " ", maxSplits: 3)
                let title = line.split(separator: ": ", maxSplits: 1).last ?? ""
                templates.append(("\(words[2]) \(title)", ""))
            } else if line.hasPrefix("--") {
                isOurs = line == "-- for daybook" || line == "-- for everyone"
            } else if isOurs, !templates.isEmpty {
                let ending = line.hasSuffix(";") ? line.dropLast() : line
                let separator = templates[templates.count - 1].sql.isEmpty ? "" : "\n"
                templates[templates.count - 1].sql += separator + ending
            }
        }
        return templates
    }
}
