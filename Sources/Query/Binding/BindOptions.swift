import Segments
import Synchronization

/// What a statement needs besides its text and its tables.
///
/// Equal options may differ in the time: a statement that reads it says so (`volatility`).
public struct BindOptions: Equatable, Sendable {
    /// Values of `?` and `$n`, in order.
    public var parameters: [ParameterValue]
    /// Values of `:name`.
    public var namedParameters: [String: ParameterValue]
    /// What CURRENT_TIMESTAMP is throughout the statement: microseconds since 1970.
    public var now: Int64 {
        get {
            volatility.note()
            return moment.microseconds
        }
        set { moment = Moment(microseconds: newValue) }
    }
    private var moment: Moment
    /// Whether what is bound depends on more than the text, these options and the schemas.
    let volatility = Volatility()
    /// Whether what was bound with these options holds for one run alone: it has read the clock, or
    /// rows of a system table.
    public var wasVolatile: Bool { volatility.wasNoted }
    /// The clock of the session (`sqlTimeZone`): texts without an offset name times of it, days
    /// begin when it says so.
    public var timeZone: TimeZone
    /// Where other time zones are read from; without it there is only UTC and fixed offsets.
    public var timeZones: TimeZoneDatabase?
    /// What `CAST` does with a value that does not convert. `TRY_CAST` always gives NULL; on
    /// Druid's paths `CAST` does, too.
    public var castFailure: CastFailure
    /// Whose rules hold where Druid differs from the standard.
    public var dialect = SQLDialect.standard {
        didSet { castFailure = dialect == .druid ? .null : .error }
    }
    /// What a text becomes that stands beside a number and is none.
    var conversionFailure: CastFailure { dialect == .druid ? .null : .error }
    /// The most rows of a query, whatever it says itself.
    public var outerLimit: Int?

    /// The longest list that IN takes.
    public static let maximumInListCount = SQLLimits.inListCount

    /// Options; only the time must be given.
    public init(
        now: Int64, parameters: [ParameterValue] = [],
        namedParameters: [String: ParameterValue] = [:], castFailure: CastFailure = .error,
        timeZone: TimeZone = .utc, timeZones: TimeZoneDatabase? = nil
    ) {
        moment = Moment(microseconds: now)
        self.parameters = parameters
        self.namedParameters = namedParameters
        self.castFailure = castFailure
        self.timeZone = timeZone
        self.timeZones = timeZones
    }
}

extension BindOptions {
    /// The zone of a name, where the statement names one.
    func zone(named name: String, at range: SourceRange) throws(QueryError) -> TimeZone {
        if let zone = TimeZoneDatabase.builtIn(name) { return zone }
        guard let timeZones else {
            throw QueryError(
                .unsupported, "there is no time-zone database here", at: range,
                hint: "UTC and offsets such as '+09:00' need none")
        }
        do throws(TimeZoneError) { return try timeZones.zone(named: name) } catch {
            throw QueryError(.invalidArgument, "\(error)", at: range, hint: error.hint)
        }
    }
}

/// Whose rules hold where Druid differs from the standard; `docs/druid.md` lists the differences.
public enum SQLDialect: Sendable {
    /// A text is compared with a text only, and what does not convert is an error.
    case standard
    /// A text beside a number is read as one, what does not convert is NULL, and a SUBSTRING
    /// without characters is NULL.
    case druid
}

extension BindOptions {
    /// A time that counts for nothing in a comparison.
    private struct Moment: Equatable, Sendable {
        let microseconds: Int64

        static func == (left: Moment, right: Moment) -> Bool { true }
    }

    /// Notes that binding has read something that changes while text and schemas stay the same:
    /// the clock, or the rows of a system table. What was bound then holds for one run alone.
    ///
    /// Shared by copies of the options; counts for nothing in a comparison.
    final class Volatility: Equatable, Sendable {
        private let isNoted = Atomic<Bool>(false)

        /// Whether something was read.
        var wasNoted: Bool { isNoted.load(ordering: .relaxed) }

        /// Something is read.
        func note() { isNoted.store(true, ordering: .relaxed) }

        static func == (left: Volatility, right: Volatility) -> Bool { true }
    }
}

/// A value for one parameter, with the type it was sent as.
public struct ParameterValue: Hashable, Sendable {
    /// The value; NULL has a type, too.
    public let value: Value
    /// Its type.
    public let type: LogicalType

    /// A value of its own type; a NULL is a VARCHAR until it meets another type.
    public init(_ value: Value) {
        self.value = value
        type = value.type ?? .varchar
    }

    /// A value as a client names its type: `VARCHAR CHAR BIGINT INTEGER DOUBLE FLOAT REAL DECIMAL
    /// BOOLEAN TIMESTAMP DATE ARRAY` (Avatica's names, in any case).
    ///
    /// TIMESTAMP takes milliseconds since 1970 or a text, DATE a text or days, numbers their text.
    ///
    /// - Throws: `invalid_parameter` for another type or a value that does not convert; `position`
    ///   counts from 1.
    public init(typeName: String, value: Value, position: Int) throws(QueryError) {
        let upper = typeName.uppercased()
        let type: LogicalType
        switch upper {
        case "VARCHAR", "CHAR", "STRING": type = .varchar
        case "BIGINT", "INTEGER", "INT", "LONG", "SMALLINT", "TINYINT": type = .bigint
        case "DOUBLE", "FLOAT", "REAL": type = .double
        case "BOOLEAN": type = .boolean
        case "TIMESTAMP": type = .timestamp
        case "DATE": type = .date
        case "DECIMAL":
            self = try ParameterValue.decimal(value, position: position)
            return
        case "ARRAY":
            type = value.type ?? .array(.varchar)
            guard case .array = type else {
                throw QueryError(.parameter, "parameter \(position) is no ARRAY")
            }
        default:
            throw QueryError(
                .parameter, "parameter \(position) has the unknown type \(typeName)",
                hint:
                    "types are VARCHAR, BIGINT, DOUBLE, DECIMAL, BOOLEAN, TIMESTAMP, DATE and ARRAY"
            )
        }
        var converted = value.converted(to: type)
        if type == .timestamp, case .bigint(let milliseconds) = value {
            let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000)
            converted = overflow ? nil : .timestamp(product)
        }
        guard let converted else {
            throw QueryError(.parameter, "parameter \(position), \(value), is no \(upper)")
        }
        self.value = converted
        self.type = type
    }

    /// A value of a type that it has, or NULL.
    public init(_ value: Value, of type: LogicalType) { self.init(value: value, type: type) }

    /// A text as a value of a type, as it would be written in SQL.
    ///
    /// - Throws: `invalid_parameter` where it is none.
    public init(_ text: String, as type: LogicalType, position: Int) throws(QueryError) {
        let written = Value.varchar(Text(text))
        guard let value = type == .varchar ? written : written.converted(to: type), !value.isNull
        else {
            throw QueryError(
                .parameter, "parameter \(position), '\(text)', is no \(type)",
                hint: Coercion.example(of: type))
        }
        self.init(value: value, type: type)
    }

    init(value: Value, type: LogicalType) {
        self.value = value
        self.type = type
    }

    private static func decimal(_ value: Value, position: Int) throws(QueryError) -> ParameterValue
    {
        switch value {
        case .null:
            return ParameterValue(value: .null, type: .decimal(precision: 38, scale: 0))
        case .decimal: return ParameterValue(value)
        case .bigint(let integer):
            return ParameterValue(.decimal(Decimal(unscaled: Int128(integer), scale: 0)))
        case .varchar(let text):
            if let decimal = Decimal(parsing: text.bytes) {
                return ParameterValue(.decimal(decimal))
            }
        case .double(let double):
            if let decimal = Decimal(parsing: Array("\(double)".utf8)) {
                return ParameterValue(.decimal(decimal))
            }
        default: break
        }
        throw QueryError(.parameter, "parameter \(position), \(value), is no DECIMAL")
    }
}
