/// Set operations; each container is combined with the one of the same key.
extension RoaringBitmap {
    /// The members of both.
    public func intersection(_ other: RoaringBitmap) -> RoaringBitmap { combined(.and, other) }

    /// The members of either.
    public func union(_ other: RoaringBitmap) -> RoaringBitmap { combined(.or, other) }

    /// The members that are not in `other`.
    public func subtracting(_ other: RoaringBitmap) -> RoaringBitmap { combined(.andNot, other) }

    /// The members of exactly one of both.
    public func symmetricDifference(_ other: RoaringBitmap) -> RoaringBitmap {
        combined(.xor, other)
    }

    private func combined(
        _ operation: RoaringContainer.Operation, _ other: RoaringBitmap
    ) -> RoaringBitmap {
        var result = RoaringBitmap()
        var (first, second) = (0, 0)
        while first < keys.count || second < other.keys.count {
            let isBoth =
                first < keys.count && second < other.keys.count
                && keys[first] == other.keys[second]
            if isBoth {
                result.append(
                    key: UInt32(keys[first]),
                    .combine(operation, containers[first], other.containers[second]))
                first += 1
                second += 1
            } else if second == other.keys.count
                || first < keys.count && keys[first] < other.keys[second]
            {
                if operation.keepsFirst {
                    result.append(key: UInt32(keys[first]), containers[first].plain)
                }
                first += 1
            } else {
                if operation.keepsSecond {
                    result.append(
                        key: UInt32(other.keys[second]), other.containers[second].plain)
                }
                second += 1
            }
        }
        return result
    }

    /// The integers below `limit` that are not members.
    public func complement(below limit: UInt32) -> RoaringBitmap {
        var result = RoaringBitmap()
        var index = 0
        for part in Self.parts(0..<Int(limit)) {
            while index < keys.count, keys[index] < part.key { index += 1 }
            if index < keys.count, keys[index] == part.key {
                result.append(
                    key: UInt32(part.key), containers[index].complement(in: part.low))
            } else {
                let last = UInt16(part.low.upperBound - 1)
                let run = RoaringContainer.runs([RoaringRun(first: 0, last: last)])
                result.append(key: UInt32(part.key), run.plain)
            }
        }
        return result
    }

    /// The union of many sets. O(all their members), whatever their number.
    public static func union(_ sets: [RoaringBitmap]) -> RoaringBitmap {
        guard sets.count > 2 else {
            return sets.dropFirst().reduce(sets.first ?? .init()) { $0.union($1) }
        }
        var byKey: [UInt16: [RoaringContainer]] = [:]
        for set in sets {
            for (key, container) in zip(set.keys, set.containers) {
                byKey[key, default: []].append(container)
            }
        }
        var result = RoaringBitmap()
        for (key, containers) in byKey.sorted(by: { $0.key < $1.key }) {
            var words = [UInt64](repeating: 0, count: RoaringContainer.wordCount)
            for container in containers { container.union(into: &words) }
            result.append(key: UInt32(key), RoaringContainer(words: words))
        }
        return result
    }

    /// The same set with each container in the smallest of its three forms.
    public func runOptimized() -> RoaringBitmap {
        RoaringBitmap(keys: keys, containers: containers.map(\.runOptimized))
    }
}
