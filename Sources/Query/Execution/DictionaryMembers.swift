import Segments

/// A condition that a column has one of a few texts, decided for a whole dictionary by looking for
/// the texts in it.
struct DictionaryMembers {
    private let texts: [Text]
    /// What an entry that is none of the texts gives.
    private let other: UInt8

    /// Longer lists are looked up entry by entry.
    private static let maximumCount = 64

    /// `nil` where the condition is another one.
    init?(_ condition: BoundExpression) {
        switch condition {
        case .compare(.equal, .column(_, .varchar), .literal(let value, _)),
            .compare(.equal, .literal(let value, _), .column(_, .varchar)):
            guard case .varchar(let text) = value else { return nil }
            texts = [text]
            other = Truth.no
        case .inList(.column(_, .varchar), let values, let hasNull):
            guard values.count <= Self.maximumCount else { return nil }
            texts = values.compactMap { value in
                if case .varchar(let text) = value { text } else { nil }
            }
            other = hasNull ? Truth.unknown : Truth.no
        default: return nil
        }
    }

    /// The truth for each entry, and for NULL behind the last; `nil` where entries are in no order.
    /// O(texts · log entries) comparisons.
    func truth(of dictionary: StringDictionary) -> Truth? {
        guard dictionary.isSorted else { return nil }
        var truths = [UInt8](repeating: other, count: dictionary.count + 1)
        truths[dictionary.count] = Truth.unknown
        for text in texts {
            if let code = dictionary.code(of: text) { truths[Int(code)] = Truth.yes }
        }
        return .rows(truths)
    }
}
