/// Hashes of primary keys: of one column as of every key, of several folded over one another.
extension KeyHash {
    /// The hash of each row's key.
    ///
    /// - Parameters:
    ///   - columns: Those of the key, in its order; no row is NULL.
    ///   - textHashes: The hashes of a column's texts, where they are known.
    /// - Complexity: O(values).
    static func hashes(ofKey columns: [Column], textHashes: [[UInt64]?]) -> [UInt64] {
        var keys = hashes(of: columns[0], textHashes: textHashes[0]).hashes
        for index in columns.indices.dropFirst() {
            let next = hashes(of: columns[index], textHashes: textHashes[index]).hashes
            precondition(next.count == keys.count, "a key has no NULL")
            for row in keys.indices {
                keys[row] = Hashing.hash(UInt128(keys[row]) | UInt128(next[row]) << 64)
            }
        }
        return keys
    }

    /// The hash of each row's key; no row of the columns is NULL.
    public static func hashes(ofKey columns: [Column]) -> [UInt64] {
        hashes(ofKey: columns, textHashes: columns.map { _ in nil })
    }
}

extension KeyProbe {
    /// What segments are asked for the primary keys of rows.
    ///
    /// - Parameters:
    ///   - columns: Those of the key, in its order; no row is NULL.
    ///   - hashes: `KeyHash.hashes(ofKey:)` of them.
    ///   - rows: The rows wanted.
    public static func probes(
        ofKey columns: [Column], hashes: [UInt64], rows: [Int32]
    ) -> [KeyProbe] {
        switch columns[0].withoutPackedTexts.values {
        case .integers(let values):
            return rows.map {
                KeyProbe(hash: hashes[Int($0)], prefix: prefix(of: values[Int($0)]))
            }
        case .strings(let strings):
            return rows.map {
                KeyProbe(hash: hashes[Int($0)], prefix: prefix(of: strings.span(at: Int($0))))
            }
        case .codes(let codes, let dictionary):
            let words = dictionary.values
            return rows.map {
                KeyProbe(
                    hash: hashes[Int($0)],
                    prefix: prefix(of: words.span(at: Int(codes[Int($0)]))))
            }
        default: preconditionFailure("a key's column is integers or texts")
        }
    }

    private init(hash: UInt64, prefix: UInt128) {
        self.hash = hash
        self.prefix = prefix
    }
}
