import Segments

/// Columns of a region of joins that are equal to one another, in classes, and its other
/// conditions.
struct JoinEqualities {
    /// Columns of the region that are all equal, of one type each class.
    private(set) var classes: [[Int]] = []
    /// Conditions that are no equality of two columns.
    private(set) var others: [BoundExpression] = []
    /// For each class and other condition, the inputs it reads.
    private var inputs: [Set<Int>] = []

    init(_ region: JoinRegion) {
        for condition in region.conditions {
            guard
                case .compare(.equal, .column(let one, let type), .column(let other, let same)) =
                    condition, type == same
            else {
                others.append(condition)
                continue
            }
            let first = classes.firstIndex { $0.contains(one) }
            let second = classes.firstIndex { $0.contains(other) }
            switch (first, second) {
            case (nil, nil): classes.append(one == other ? [one] : [one, other])
            case (let index?, nil): classes[index].append(other)
            case (nil, let index?): classes[index].append(one)
            case (let index?, let joined?) where index != joined:
                classes[index] += classes[joined]
                classes.remove(at: joined)
            default: break
            }
        }
        inputs =
            classes.map { Set($0.map { region.owners[$0] }) }
            + others.map { region.inputs(of: $0) }
    }

    /// Whether anything is asked of rows of both; no class of one input connects.
    func connect(_ left: Set<Int>, _ right: Set<Int>) -> Bool {
        inputs.contains { !$0.isDisjoint(with: left) && !$0.isDisjoint(with: right) }
    }

    /// A pair of equal columns for each class that has columns on both sides.
    func keys(_ left: [Int], _ right: [Int]) -> [(Int, Int)] {
        let (left, right) = (Set(left), Set(right))
        return classes.compactMap { columns in
            guard let one = columns.first(where: left.contains),
                let other = columns.first(where: right.contains)
            else { return nil }
            return (one, other)
        }
    }

    /// What has to hold of the rows of one input alone: columns of it that are equal to one of
    /// another, and what every branch of an OR says about it.
    func implied(_ region: JoinRegion) -> [(input: Int, condition: BoundExpression)] {
        var found: [(Int, BoundExpression)] = []
        for columns in classes {
            for (index, column) in columns.enumerated() {
                let owner = region.owners[column]
                guard let twin = columns[..<index].first(where: { region.owners[$0] == owner })
                else { continue }
                let type = region.type(of: column)
                found.append(
                    (
                        owner,
                        .compare(
                            .equal, .column(index: twin, type: type),
                            .column(index: column, type: type))
                    ))
            }
        }
        for case .or(let branches) in others {
            for input in region.inputs.indices {
                let parts = branches.map { branch in
                    branch.conjuncts.filter { region.inputs(of: $0) == [input] }
                }
                guard !parts.contains(where: \.isEmpty) else { continue }
                found.append((input, .or(parts.compactMap { BoundExpression.conjunction($0) })))
            }
        }
        return found
    }
}
