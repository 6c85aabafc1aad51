import Segments

/// An expression whose names are positions, whose types are known and whose casts are explicit.
///
/// Evaluated over the columns that its input produces; three-valued logic throughout: NULL operands
/// give NULL except where a case says otherwise.
public indirect enum BoundExpression: Hashable, Sendable {
    /// Column `index` of the input.
    case column(index: Int, type: LogicalType)
    /// A constant; the type also names what kind of NULL a NULL is.
    case literal(Value, LogicalType)
    /// A function or operator; operands already have the types that the function takes. The range
    /// is where an error of evaluation points.
    case call(ScalarFunction, [BoundExpression], type: LogicalType, at: SourceRange)
    /// Both sides have the same type, or both are exact numbers of the same scale.
    case compare(Comparison, BoundExpression, BoundExpression)
    /// False wins over NULL, NULL over true.
    case and([BoundExpression])
    /// True wins over NULL, NULL over false.
    case or([BoundExpression])
    case not(BoundExpression)
    /// Never NULL itself.
    case isNull(BoundExpression)
    /// `IS TRUE`, `IS FALSE`: never NULL itself. `IS NOT TRUE` is `not(isTruth(…))`.
    case isTruth(Bool, BoundExpression)
    /// `IN` over constants of the operand's type, none of them NULL; `hasNull` says whether the
    /// list held one, which turns "not found" into NULL.
    case inList(BoundExpression, Set<Value>, hasNull: Bool)
    /// `LIKE` with a constant pattern.
    case like(BoundExpression, LikePattern)
    /// The first branch whose condition is true, else `otherwise`; all of type `type`.
    case caseWhen([CaseBranch], otherwise: BoundExpression, type: LogicalType)
    /// A conversion; `onFailure` says whether a value that does not convert is an error or NULL.
    case cast(BoundExpression, to: LogicalType, onFailure: CastFailure, at: SourceRange)

    /// The type of every value of the expression.
    public var type: LogicalType {
        switch self {
        case .column(_, let type), .literal(_, let type), .call(_, _, let type, _),
            .caseWhen(_, _, let type), .cast(_, let type, _, _):
            type
        case .compare, .and, .or, .not, .isNull, .isTruth, .inList, .like: .boolean
        }
    }
}

/// How two values are compared; NULL on either side gives NULL, except for the last two.
public enum Comparison: String, Hashable, Sendable, CaseIterable {
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    /// `IS DISTINCT FROM`: NULL is equal to NULL and different from everything else.
    case distinctFrom = "IS DISTINCT FROM"
    case notDistinctFrom = "IS NOT DISTINCT FROM"
}

/// One `WHEN … THEN …`.
public struct CaseBranch: Hashable, Sendable {
    /// A boolean.
    public var condition: BoundExpression
    /// What the CASE gives where the condition is true.
    public var result: BoundExpression

    /// A branch.
    public init(condition: BoundExpression, result: BoundExpression) {
        self.condition = condition
        self.result = result
    }
}

/// What happens to a value that does not convert.
public enum CastFailure: Hashable, Sendable {
    case error, null
}

/// A constant LIKE pattern, taken apart.
public struct LikePattern: Hashable, Sendable {
    /// What a piece of a pattern matches.
    public enum Piece: Hashable, Sendable {
        /// These bytes.
        case literal(Text)
        /// `_`: one character.
        case anyCharacter
        /// `%`: any run of characters, none included.
        case anyRun
    }

    /// In order; literals never stand side by side, nor do runs.
    public var pieces: [Piece]
    /// `ILIKE`: ASCII letters match without case.
    public var ignoresCase: Bool

    /// A pattern.
    public init(pieces: [Piece], ignoresCase: Bool) {
        self.pieces = pieces
        self.ignoresCase = ignoresCase
    }
}
