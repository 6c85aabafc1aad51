import Segments

/// ARG_MAX and ARG_MIN: of each group the value in the row whose key is greatest or least.
///
/// Rows where either is NULL do not count. Among equal keys the greatest (least) value wins, so
/// that the division of work does not show in the result. Keys are kept in 64-bit words or less.
final class ArgumentExtremeAccumulator: Accumulator {
    private let isMaximum: Bool
    private var values: KeyNumbering
    private var best: [Int64] = []
    /// The number of each group's value plus one; 0 for none yet.
    private var chosen: [UInt32] = []
    private var failure: QueryError?

    /// Values of `type`.
    init(_ type: LogicalType, isMaximum: Bool) {
        values = KeyNumbering(type)
        self.isMaximum = isMaximum
    }

    var memoryBytes: Int { values.memoryBytes + best.count * 12 }

    func grow(to count: Int) {
        best.grow(to: count, 0)
        chosen.grow(to: count, 0)
    }

    func add(_ argument: Vector?, _ groups: GroupNumbers, count: Int) {
        preconditionFailure("a value is chosen by a key")
    }

    /// Adds rows with their keys.
    func add(_ argument: Vector, by key: Vector, _ groups: GroupNumbers, count: Int) {
        if argument.isNullConstant || key.isNullConstant { return }
        let words = WordExtremeAccumulator.words(key.column(count: count))
        let validity = Bitmap.intersection(argument.validity, key.validity)
        do throws(QueryError) {
            let numbers = try values.numbers(of: .vector(argument), count: count)
            GroupLoop.run(groups, count: count, validity: validity) { row, group in
                switch numbers {
                case .single(let number): offer(words[row], number, to: group)
                case .rows(let numbers): offer(words[row], numbers[row], to: group)
                case .coded, .runs: preconditionFailure("values are numbered row by row")
                }
            }
        } catch {
            failure = error
        }
    }

    @inline(__always)
    private func offer(_ key: Int64, _ number: UInt32, to group: Int) {
        if chosen[group] != 0 {
            if key == best[group] {
                guard chosen[group] - 1 != number,
                    values.isLess(chosen[group] - 1, number) == isMaximum
                else { return }
            } else if (key > best[group]) != isMaximum {
                return
            }
        }
        best[group] = key
        chosen[group] = number + 1
    }

    func merge(
        _ other: any Accumulator, _ map: [UInt32], _ context: QueryContext
    ) throws(QueryError) {
        let other = sibling(other)
        if let failure = other.failure { throw failure }
        let numbers = try values.merge(other.values)
        for (group, mark) in other.chosen.enumerated() where mark != 0 {
            offer(other.best[group], numbers[Int(mark) - 1], to: Int(map[group]))
        }
    }

    func extract(_ groups: [Int32]) -> (any Accumulator)? {
        let part = ArgumentExtremeAccumulator(values.type, isMaximum: isMaximum)
        let chosen = groups.map { self.chosen[Int($0)] }
        part.best = groups.map { best[Int($0)] }
        part.failure = failure
        (part.values, part.chosen) = values.part(marks: chosen)
        return part
    }

    func finish(_ range: Range<Int>, rowCounts: [Int64]) throws(QueryError) -> Column {
        if let failure { throw failure }
        return values.column(marks: Array(chosen[range]))
    }
}
