import Segments

/// The groups of one worker: numbers the distinct tuples of key values.
///
/// Each key column's values are numbered for themselves. The groups of one key are its numbers;
/// those of several are packed tuples of numbers, four at a time: what the first four make is one
/// number, which joins the next three.
struct GroupTable {
    private var keys: [KeyNumbering]
    private var levels: [PackedNumbers]

    /// No groups; or, without keys, the one group of all rows.
    ///
    /// - Parameters:
    ///   - entryNumbers: For each key, what numbers the entries of its dictionaries, if anything.
    ///   - directBits: Tuples of up to so many bits index an array.
    init(
        _ types: [LogicalType], entryNumbers: [EntryNumbers?]? = nil,
        directBits: UInt32 = PackedNumbers.standardDirectBits
    ) {
        keys = types.indices.map { KeyNumbering(types[$0], entryNumbers: entryNumbers?[$0]) }
        levels = []
        let most = PackedNumbers.maximumPositionCount
        var rest = types.count
        if rest > 1 {
            let count = min(rest, most)
            levels.append(PackedNumbers(positionCount: count, directBits: directBits))
            rest -= count
            while rest > 0 {
                let count = min(rest, most - 1)
                levels.append(PackedNumbers(positionCount: count + 1, directBits: directBits))
                rest -= count
            }
        }
    }

    /// How many groups there are.
    var count: Int { levels.last?.count ?? keys.first?.count ?? 1 }

    /// Bytes held.
    var memoryBytes: Int {
        keys.reduce(0) { $0 + $1.memoryBytes } + levels.reduce(0) { $0 + $1.memoryBytes }
    }

    /// The keys whose numbers level `level` joins with what the levels before it made.
    private func keys(of level: Int) -> Range<Int> {
        let most = PackedNumbers.maximumPositionCount
        let start = level == 0 ? 0 : most + (level - 1) * (most - 1)
        let end = most + level * (most - 1)
        return start..<min(keys.count, end)
    }

    /// The group of each row, by the values of its keys.
    ///
    /// - Throws: `query_memory_limit` where the keys' strings are too many to be held at all.
    mutating func groups(_ vectors: [KeyVector], count: Int) throws(QueryError) -> GroupNumbers {
        guard !keys.isEmpty else { return .single(0) }
        var numbers: [GroupNumbers] = []
        for key in keys.indices {
            numbers.append(try keys[key].numbers(of: vectors[key], count: count))
        }
        return groups(numbers, count: count)
    }

    /// The group of each run of rows, by the only key.
    ///
    /// - Throws: as `groups`.
    mutating func groups(_ runs: CodeRuns) throws(QueryError) -> GroupNumbers {
        precondition(keys.count == 1, "runs are those of one key")
        let numbers = try keys[0].numbers(of: runs)
        if numbers.count == 1 { return .single(numbers[0]) }
        return .runs(GroupRuns(numbers: numbers, ends: runs.ends))
    }

    /// The groups of tuples of numbers.
    private mutating func groups(_ numbers: [GroupNumbers], count: Int) -> GroupNumbers {
        guard !levels.isEmpty else { return numbers[0] }
        var groups: GroupNumbers?
        for level in levels.indices {
            let range = keys(of: level)
            var positions = Array(numbers[range])
            var counts = range.map { keys[$0].count }
            if let groups {
                positions.insert(groups, at: 0)
                counts.insert(levels[level - 1].count, at: 0)
            }
            groups = levels[level].numbers(of: positions, counts: counts, count: count)
        }
        return groups ?? .single(0)
    }

    /// Takes over another table's groups.
    ///
    /// - Returns: for each group of the other, the group here.
    mutating func merge(_ other: GroupTable) throws(QueryError) -> [UInt32] {
        guard !keys.isEmpty else { return [0] }
        guard other.count > 0 else { return [] }
        var numbers: [GroupNumbers] = []
        let all = (0..<other.count).map { UInt32(truncatingIfNeeded: $0) }
        let theirs = other.keyNumbers(of: all)
        for key in keys.indices {
            let map = try keys[key].merge(other.keys[key])
            numbers.append(.rows(theirs[key].map { map[Int($0)] }))
        }
        guard case .rows(let groups) = groups(numbers, count: other.count) else {
            preconditionFailure("rows of numbers make rows of groups")
        }
        return groups
    }

    /// The words of all groups, as `keys` lays them out.
    func words(_ keys: GroupKeys) throws(QueryError) -> [UInt64] {
        try keys.words(of: columns(0..<count).map { .vector(.column($0)) }, count: count)
    }

    /// For each key, the numbers of its values in `groups`.
    private func keyNumbers(of groups: [UInt32]) -> [[UInt32]] {
        guard !levels.isEmpty else { return [groups] }
        var result = [[UInt32]](repeating: [], count: keys.count)
        var groups = groups
        for level in levels.indices.reversed() {
            let range = keys(of: level)
            let first = level == 0 ? 0 : 1
            for (position, key) in range.enumerated() {
                result[key] = groups.map {
                    levels[level].number(at: first + position, of: Int($0))
                }
            }
            if level > 0 { groups = groups.map { levels[level].number(at: 0, of: Int($0)) } }
        }
        return result
    }

    /// The key columns of the groups in `range`.
    func columns(_ range: Range<Int>) -> [Column] {
        guard !keys.isEmpty else { return [] }
        let numbers = keyNumbers(of: range.map { UInt32(truncatingIfNeeded: $0) })
        return keys.indices.map { keys[$0].column(numbers[$0]) }
    }
}
