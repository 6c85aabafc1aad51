/// How complete a table is, by the word of those who send to it.
struct TableArrivals: Hashable, Sendable {
    /// Who declares a time.
    enum Declarer: Hashable, Sendable {
        case producer(String)
        case stream(source: UInt32, partition: UInt32)
    }

    /// The time that each one has declared, and that holds: nothing before it is missing.
    private(set) var declared: [Declarer: Int64] = [:]
    /// The least of them.
    private(set) var completeThrough: Int64?
    /// Rows that came after their time had been declared complete.
    var lateRowCount = 0

    /// Notes a declaration; times never go back.
    mutating func declare(_ time: Int64, by declarer: Declarer) {
        let known = declared[declarer]
        let time = max(known ?? time, time)
        declared[declarer] = time
        if known == nil {
            completeThrough = min(completeThrough ?? time, time)
        } else if known == completeThrough {
            completeThrough = declared.values.min()
        }
    }

    /// Forgets those who are gone.
    mutating func forget(_ isGone: (Declarer) -> Bool) {
        declared = declared.filter { !isGone($0.key) }
        completeThrough = declared.values.min()
    }
}
