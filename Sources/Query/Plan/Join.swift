import Segments

/// How the rows of two plans meet.
///
/// Two rows match where every key is equal, NULL equal to nothing, and `condition` is true.
public struct Join: Hashable, Sendable {
    /// Which rows there are.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Pairs of rows that match.
        case inner
        /// As `inner`, and every left row without match beside NULLs.
        case left
        /// As `inner`, and every right row without match beside NULLs.
        case right
        /// As `inner`, and every row without match beside NULLs.
        case full
        /// As `left`; a left row with two matches is an error. What a query used as a value is.
        case single
        /// Left rows with a match.
        case semi
        /// Left rows without match; where NULL counts, those whose mark is false.
        case anti
        /// Every left row beside a boolean: whether it has a match.
        case mark
    }

    /// Two expressions that are equal where rows match; of one type, or exact numbers of one scale.
    public struct Key: Hashable, Sendable {
        /// Over the columns of the left input.
        public var left: BoundExpression
        /// Over the columns of the right input.
        public var right: BoundExpression

        /// A pair.
        public init(left: BoundExpression, right: BoundExpression) {
            self.left = left
            self.right = right
        }
    }

    /// A side of a join.
    public enum Side: Hashable, Sendable {
        case left, right
    }

    /// Which rows there are.
    public var kind: Kind
    /// What has to be equal; none for every row with every row.
    public var keys: [Key]
    /// What has to be true besides, over the columns of the left input and then of the right.
    public var condition: BoundExpression?
    /// Whether NULL counts, as it does for IN: without match the mark is NULL where the only key
    /// is NULL on either side, or `condition` is NULL for some pair. With a condition, keys only
    /// choose the pairs it is asked for.
    public var isNullAware: Bool
    /// Which side is kept in memory, while rows of the other look for their matches in it; chosen
    /// by the optimiser.
    public var kept = Side.right
    /// Where an error of evaluation points.
    public var range: SourceRange

    /// A join.
    public init(
        _ kind: Kind, keys: [Key] = [], condition: BoundExpression? = nil,
        isNullAware: Bool = false, at range: SourceRange = SourceRange(0, 0)
    ) {
        self.kind = kind
        self.keys = keys
        self.condition = condition
        self.isNullAware = isNullAware
        self.range = range
    }

    /// Whether the columns of the right input are among the output's.
    var showsRight: Bool {
        switch kind {
        case .inner, .left, .right, .full, .single: true
        case .semi, .anti, .mark: false
        }
    }
}
