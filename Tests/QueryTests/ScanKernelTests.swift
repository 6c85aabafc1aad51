import Segments
import TestSupport
import Testing

@testable import Query

/// The loops of filters and of groups with few keys against the plain way to do the same.
@Suite("Scan kernels")
struct ScanKernelTests {
    private func truths(_ count: Int, _ generator: inout TestSupport.SeededGenerator) -> [UInt8] {
        let bound: UInt8 = [1, 2, 3].randomElement(using: &generator) ?? 3
        let share = Int.random(in: 1...20, using: &generator)
        return (0..<count).map { _ in
            Int.random(in: 0..<20, using: &generator) < share
                ? UInt8.random(in: 0..<bound, using: &generator) : 1
        }
    }

    private func validity(
        _ count: Int, _ generator: inout TestSupport.SeededGenerator
    ) -> Bitmap? {
        let share = Int.random(in: 0...4, using: &generator)
        if share == 0 { return nil }
        var validity = Bitmap(count: 0)
        for _ in 0..<count { validity.append(Int.random(in: 0..<4, using: &generator) < share) }
        return validity
    }

    @Test("Truths are counted, picked and replaced as row by row")
    func truths() {
        for seed in UInt64(0)..<200 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let count = Int.random(in: 1...300, using: &generator)
            let rows = truths(count, &generator)
            let truth = Truth.rows(rows)
            #expect(truth.trueCount(of: count) == rows.count { $0 == 1 }, "seed \(seed)")
            for mask in UInt8(0)..<8 {
                let wanted = rows.indices.filter { mask >> rows[$0] & 1 == 1 }.map { Int32($0) }
                #expect(truth.rows(of: count, where: mask) == wanted, "seed \(seed) mask \(mask)")
            }
            let validity = validity(count, &generator)
            let other = UInt8.random(in: 0..<3, using: &generator)
            guard case .rows(let replaced) = truth.with(other, where: validity) else {
                Issue.record("seed \(seed): rows stay rows")
                return
            }
            let wanted = rows.indices.map { validity?[$0] ?? true ? rows[$0] : other }
            #expect(replaced == wanted, "seed \(seed)")
        }
    }

    @Test("A condition's truth by code is that of its table, whatever its form")
    func codeTruths() {
        for seed in UInt64(0)..<400 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let entryCount = Int.random(in: 1...80, using: &generator)
            var table = truths(entryCount + 1, &generator)
            if seed % 3 == 0 {
                let low = Int.random(in: 0..<entryCount, using: &generator)
                let high = Int.random(in: low..<entryCount, using: &generator)
                let inside = UInt8.random(in: 0..<3, using: &generator)
                for code in 0..<entryCount {
                    table[code] = code >= low && code <= high ? inside : 2 - inside
                }
            }
            let count = Int.random(in: 1...200, using: &generator)
            let codes = (0..<count).map { _ in
                UInt32.random(in: 0..<UInt32(entryCount), using: &generator)
            }
            let validity = validity(count, &generator)
            let wanted = codes.indices.map { row in
                validity?[row] ?? true ? table[Int(codes[row])] : table[entryCount]
            }
            switch CodeTruths(table).truths(codes, validity) {
            case .constant(let truth):
                #expect(wanted.allSatisfy { $0 == truth }, "seed \(seed)")
            case .rows(let rows): #expect(rows == wanted, "seed \(seed)")
            }
        }
    }

    @Test("Cells by code are those of a loop over the rows")
    func cells() {
        for seed in UInt64(0)..<100 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let size = [1, 2, 3, 40, 511, 512, 513, 2_000].randomElement(using: &generator) ?? 1
            let count = Int.random(in: 0...3_000, using: &generator)
            let codes = (0..<count).map { _ in
                UInt32.random(in: 0..<UInt32(size), using: &generator)
            }
            let values = (0..<count).map { _ in
                Int64.random(in: -1_000_000...1_000_000, using: &generator)
            }
            var counts = [UInt32](repeating: 0, count: size)
            var sums = [Int64](repeating: 0, count: size)
            var least = [Int64](repeating: .max, count: size)
            var greatest = [Int64](repeating: .min, count: size)
            for (code, value) in zip(codes, values) {
                counts[Int(code)] += 1
                sums[Int(code)] += value
                least[Int(code)] = min(least[Int(code)], value)
                greatest[Int(code)] = max(greatest[Int(code)], value)
            }
            let found = CodeKernels.counts(codes.span, size: size)
            #expect(Array(found[..<size]) == counts, "seed \(seed)")
            let foundSums = CodeKernels.sums(codes.span, values.span, size: size)
            #expect(Array(foundSums[..<size]) == sums, "seed \(seed)")
            let far: Int64 =
                [0, 1 << 40, .min, .max - 1 << 34].randomElement(using: &generator) ?? 0
            let moved = values.map { $0 &+ 1_000_000 &+ far }
            let both = CodeKernels.countsAndSums(
                codes.span, moved.span, least: far, size: size)
            #expect(Array(both.counts[..<size]) == counts, "seed \(seed)")
            let movedSums = zip(sums, counts).map { $0 &+ Int64($1) &* (1_000_000 &+ far) }
            #expect(Array(both.sums[..<size]) == movedSums, "seed \(seed)")
            #expect(CodeKernels.least(codes.span, values.span, size: size) == least)
            #expect(CodeKernels.greatest(codes.span, values.span, size: size) == greatest)
        }
    }

    @Test("Codes are joined, left out and replaced row by row")
    func codes() {
        for seed in UInt64(0)..<100 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let count = Int.random(in: 1...300, using: &generator)
            let codes = (0..<count).map { _ in UInt32.random(in: 0..<50, using: &generator) }
            let digits = (0..<count).map { _ in UInt32.random(in: 0..<9, using: &generator) }
            let rows = truths(count, &generator)
            var joined = codes
            CodeKernels.add(digits.span, times: 50, to: &joined)
            #expect(joined == zip(codes, digits).map { $0 + 50 * $1 }, "seed \(seed)")
            let kept = CodeKernels.keep(codes.span, rows.span, other: 77)
            #expect(kept == zip(codes, rows).map { $1 == 1 ? $0 : 77 }, "seed \(seed)")
            #expect(CodeKernels.keep(rows.span) == rows.map { $0 == 1 ? 0 : 1 })
            let validity = validity(count, &generator) ?? Bitmap(repeating: true, count: count)
            let valid = validity.words
            let replaced = CodeKernels.replace(codes.span, where: valid.span, by: 50)
            #expect(replaced == codes.indices.map { validity[$0] ? codes[$0] : 50 })
        }
    }

    @Test("Rows with codes are in the groups that their keys' values have")
    func coding() throws {
        for seed in UInt64(0)..<150 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let words = StringVector((0..<5).map { Text(bytes: Array("word \($0)".utf8)) })
            let dictionaries = (0..<2).map { _ in StringDictionary(words, isSorted: true) }
            let types: [LogicalType] = [.varchar, .boolean, .timestamp]
            var coded = GroupTable(types)
            var plain = GroupTable(types)
            var coding = RowCoding()
            var pairs: [UInt32: UInt32] = [:]
            for _ in 0..<6 {
                let count = Int.random(in: 60...200, using: &generator)
                let columns = keys(count, dictionaries, &generator)
                let truths =
                    Bool.random(using: &generator) ? truths(count, &generator) : nil
                let found = try coding.rows(columns, where: truths, count: count, &coded)
                guard case .coded(let rows)? = found else {
                    Issue.record("seed \(seed): few tuples have codes")
                    return
                }
                guard case .rows(let wanted) = try plain.groups(columns, count: count) else {
                    Issue.record("seed \(seed): rows have one number each")
                    return
                }
                for row in 0..<count {
                    let code = Int(rows.codes[row])
                    let isKept = truths.map { $0[row] == 1 } ?? true
                    #expect(isKept == (code < rows.numbers.count), "seed \(seed)")
                    guard isKept else { continue }
                    let group = rows.numbers[code]
                    #expect(pairs[group, default: wanted[row]] == wanted[row], "seed \(seed)")
                    pairs[group] = wanted[row]
                    #expect(rows.used.contains(UInt32(code)))
                }
                #expect(Set(pairs.values).count == pairs.count, "seed \(seed)")
                #expect(coded.count == pairs.count, "no group without a row: seed \(seed)")
            }
        }
    }

    private func keys(
        _ count: Int, _ dictionaries: [StringDictionary],
        _ generator: inout TestSupport.SeededGenerator
    ) -> [KeyVector] {
        let dictionary = dictionaries[Int.random(in: 0..<2, using: &generator)]
        let validity = validity(count, &generator)
        let codes = (0..<count).map { row in
            validity?[row] ?? true ? UInt32.random(in: 0..<5, using: &generator) : 0
        }
        let first = Int64.random(in: 0..<3, using: &generator) * 10
        let steps = KeyBuckets(
            codes: (0..<count).map { _ in UInt32.random(in: 0..<3, using: &generator) },
            first: first, step: 10, count: 3)
        let flags = self.validity(count, &generator)
        let booleans = Column.booleans(
            (0..<count).map { _ in UInt8.random(in: 0..<2, using: &generator) }, flags)
        return [
            .vector(
                .column(
                    Column(
                        type: .varchar, values: .codes(codes, dictionary), validity: validity))),
            .vector(.column(booleans)), .buckets(steps),
        ]
    }

    @Test("Rows of many tuples have the groups that their keys' values have")
    func listedCodes() throws {
        for seed in UInt64(0)..<20 {
            var generator = TestSupport.SeededGenerator(seed: seed)
            let words = StringVector((0..<90).map { Text(bytes: Array("word \($0)".utf8)) })
            let dictionary = StringDictionary(words, isSorted: false)
            var coded = GroupTable([.varchar, .varchar])
            var plain = GroupTable([.varchar, .varchar])
            var coding = RowCoding()
            var pairs: [UInt32: UInt32] = [:]
            for _ in 0..<4 {
                let count = Int.random(in: 2_500...4_000, using: &generator)
                let bound = UInt32.random(in: 1...90, using: &generator)
                let columns = (0..<2).map { _ in
                    let codes = (0..<count).map { _ in
                        UInt32.random(in: 0..<bound, using: &generator)
                    }
                    return KeyVector.vector(
                        .column(Column(type: .varchar, values: .codes(codes, dictionary))))
                }
                let found = try coding.rows(columns, where: nil, count: count, &coded)
                guard case .rows(let groups)? = found,
                    case .rows(let wanted) = try plain.groups(columns, count: count)
                else {
                    Issue.record("seed \(seed): rows have one number each")
                    return
                }
                for (group, number) in zip(groups, wanted) {
                    #expect(pairs[group, default: number] == number, "seed \(seed)")
                    pairs[group] = number
                }
            }
            #expect(Set(pairs.values).count == pairs.count, "seed \(seed)")
            #expect(coded.count == pairs.count, "seed \(seed)")
        }
    }
}
