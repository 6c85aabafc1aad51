import Segments

/// One function: its names, what it takes, how a call of it is bound, and its line in the docs.
struct FunctionEntry: Sendable {
    /// What an argument may be; the binder converts it or refuses it.
    enum Argument: Sendable {
        /// VARCHAR; nothing else becomes one by itself.
        case text
        /// BIGINT.
        case integer
        /// BIGINT, DECIMAL or DOUBLE, as it comes.
        case number
        /// Any number, converted to DOUBLE.
        case double
        /// TIMESTAMP; DATE and constant texts become one.
        case time
        /// As `time`, but a constant text or typed literal stays the text it is.
        case clockTime
        /// A unit of time as a word or a constant text.
        case unit
        /// A constant text.
        case constantText
        /// Whatever it is.
        case any
    }

    /// A checked call: its arguments are of the entry's types.
    struct Call {
        var name: String
        var arguments: [BoundExpression]
        var places: [SourceRange]
        var range: SourceRange
        var binder: ExpressionBinder
    }

    /// Spellings in capitals; the first is the one of the docs.
    var names: [String]
    /// Behind the name in errors and docs, for example `(text, start[, count])`.
    var signature: String
    /// One sentence for the docs.
    var summary: String
    /// What each argument may be; the last one stands for any that follow.
    var arguments: [Argument]
    /// How many arguments there may be.
    var count: ClosedRange<Int>
    /// Makes the expression.
    var bind: @Sendable (Call) throws(QueryError) -> BoundExpression

    /// A function of one behaviour and result type.
    init(
        _ names: String..., signature: String, _ summary: String, _ arguments: [Argument],
        optional: Int = 0, isVariadic: Bool = false, gives type: LogicalType,
        _ function: ScalarFunction
    ) {
        self.init(
            names: names, signature: signature, summary: summary, arguments: arguments,
            optional: optional, isVariadic: isVariadic
        ) { (call) throws(QueryError) in
            ConstantFolding.call(function, call.arguments, type: type, at: call.range)
        }
    }

    /// A function whose binding depends on its arguments.
    init(
        _ names: String..., signature: String, _ summary: String, _ arguments: [Argument],
        optional: Int = 0, isVariadic: Bool = false,
        bind: @escaping @Sendable (Call) throws(QueryError) -> BoundExpression
    ) {
        self.init(
            names: names, signature: signature, summary: summary, arguments: arguments,
            optional: optional, isVariadic: isVariadic, bind: bind)
    }

    /// The same, of names made elsewhere.
    init(
        names: [String], signature: String, summary: String, arguments: [Argument],
        optional: Int = 0,
        isVariadic: Bool = false,
        bind: @escaping @Sendable (Call) throws(QueryError) -> BoundExpression
    ) {
        self.names = names
        self.signature = signature
        self.summary = summary
        self.arguments = arguments
        count = (arguments.count - optional)...(isVariadic ? SQLLimits.listCount : arguments.count)
        self.bind = bind
    }
}

/// All scalar functions, by chapter. `docs/sql.md` lists the same ones; a test compares them.
enum FunctionCatalogue {
    /// The chapters in the order of the docs.
    static let chapters: [(title: String, entries: [FunctionEntry])] = [
        ("Strings", strings + patterns), ("Numbers", numbers + mathematics), ("Choice", choice),
        ("Time", time), ("Arrays and JSON", arraysAndJSON + lists + documents),
        ("Druid's multi-value columns", multiValues),
    ]

    /// The function called `name`, in any case.
    static func entry(named name: String) -> FunctionEntry? { byName[name.uppercased()] }

    /// Every spelling of every function.
    static let allNames: [String] = chapters.flatMap { $0.entries.flatMap(\.names) }

    private static let byName: [String: FunctionEntry] = Dictionary(
        uniqueKeysWithValues: chapters.flatMap(\.entries).flatMap { entry in
            entry.names.map { ($0, entry) }
        })
}
