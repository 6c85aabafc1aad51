import Ingest
import Query
import Segments

/// A request for one SQL statement, as Druid's SQL API and `/v1/sql` take it.
public struct SQLRequest: Sendable {
    /// The statement.
    public var sql: String
    /// How to write the result.
    public var style = ResultStyle()
    /// Positional parameters (`?`), in order; named ones keep their name.
    public var parameters: [Parameter] = []
    /// The query's own time limit, if it asked for a shorter one.
    public var timeoutMilliseconds: Int?
    /// The clock of the session, by name; UTC without one.
    public var timeZoneName: String?
    /// The id that the client gave the query.
    public var queryID: String?
    /// Whose rules hold where Druid differs from the standard.
    public var dialect = SQLDialect.standard
    /// The most rows that are answered, whatever the statement says.
    public var outerLimit: Int?
    /// Whether the answer says how complete the tables are.
    public var wantsCompleteness = false
    /// The answer is refused where an event before this time may be missing; microseconds.
    public var minimumComplete: Int64?
    /// What CURRENT_TIMESTAMP is to be, in microseconds since 1970; by itself it is now.
    public var currentTimestamp: Int64?

    /// One parameter.
    public struct Parameter: Sendable {
        /// Without its colon; `nil` for a positional one.
        public var name: String?
        /// The value with its type.
        public var value: ParameterValue
    }

    /// Why a body is no request; the message is for people.
    public struct Malformed: Error, Equatable, Sendable {
        /// What is wrong.
        public let message: String
        /// Whether it is a key of the context that has no such value.
        public var isContext = false
    }

    /// Whether anything is asked about completeness.
    var asksForCompleteness: Bool { wantsCompleteness || minimumComplete != nil }

    /// A statement without parameters, answered in the default style.
    public init(sql: String) { self.sql = sql }

    /// Reads a JSON body. Unknown members are ignored, because Druid's clients send some.
    public init(json body: [UInt8]) throws(Malformed) {
        let document: JSONValue
        do throws(JSONValue.SyntaxError) {
            document = try JSONValue(parsing: body)
        } catch {
            throw Malformed(
                message: "Malformed SQL query wrapped in JSON: \(error.reason) at byte "
                    + "\(error.byteOffset)")
        }
        guard case .object = document else {
            throw Malformed(message: "Malformed SQL query wrapped in JSON: an object was expected")
        }
        guard let sql = document["query"]?.string else {
            throw Malformed(message: "The member 'query' must be a string")
        }
        self.sql = sql
        try readStyle(document)
        try readContext(document["context"] ?? .null)
        try readParameters(document["parameters"] ?? .null)
    }

    private mutating func readStyle(_ document: JSONValue) throws(Malformed) {
        if let name = document["resultFormat"] {
            guard let format = name.string.flatMap(ResultFormat.init(named:)) else {
                let names = ResultFormat.allCases.map(\.rawValue).joined(separator: ", ")
                throw Malformed(message: "resultFormat is one of \(names)")
            }
            style.format = format
        }
        style.hasHeader = try Self.flag(document, "header")
        style.hasTypes = try Self.flag(document, "typesHeader")
        style.hasSQLTypes = try Self.flag(document, "sqlTypesHeader")
        for (name, isSet) in [
            ("typesHeader", style.hasTypes), ("sqlTypesHeader", style.hasSQLTypes),
        ]
        where isSet && !style.hasHeader {
            throw Malformed(message: "Cannot include '\(name)' without 'header'")
        }
    }

    private static func flag(_ document: JSONValue, _ name: String) throws(Malformed) -> Bool {
        guard let value = document[name], value != .null else { return false }
        guard let flag = value.boolean else {
            throw Malformed(message: "'\(name)' is true or false")
        }
        return flag
    }

    private mutating func readContext(_ context: JSONValue) throws(Malformed) {
        guard context != .null else { return }
        guard case .object(let members) = context else {
            throw Malformed(message: "'context' must be an object", isContext: true)
        }
        for member in members {
            guard set(member.name, to: Self.value(member.value)) else {
                throw Malformed(
                    message: "the context's '\(member.name)' has no such value", isContext: true)
            }
        }
    }

    /// Applies a `SET key = literal` of the statement itself, which wins over the context.
    mutating func apply(_ setting: StatementSetting) throws(QueryError) {
        guard set(setting.key, to: setting.value) else {
            throw QueryError(
                .invalidArgument, "\(setting.key) has no value '\(setting.value)'",
                at: setting.range)
        }
    }

    /// Sets one key of the query context; keys that mean nothing here are passed over, as Druid's
    /// clients send many.
    ///
    /// - Returns: Whether the value fits the key.
    private mutating func set(_ key: String, to value: Value) -> Bool {
        switch (key, value) {
        case ("sqlStringifyArrays", .boolean(let flag)): style.stringifiesArrays = flag
        case ("decimalAsString", .boolean(let flag)): style.stringifiesDecimals = flag
        case ("sqlTimeZone", .varchar(let name)): timeZoneName = name.string
        case ("sqlTimeZone", .null): timeZoneName = nil
        case ("sqlQueryId", .varchar(let id)), ("queryId", .varchar(let id)): queryID = id.string
        case ("timeout", .bigint(let milliseconds)) where milliseconds >= 0:
            timeoutMilliseconds = milliseconds == 0 ? nil : Int(milliseconds)
        case ("sqlOuterLimit", .bigint(let count)) where count >= 0:
            outerLimit = Int(clamping: count)
        case ("sqlCurrentTimestamp", .varchar(let text)):
            guard let time = CivilTime.parseTimestamp(text.bytes.span) else { return false }
            currentTimestamp = time
        case ("completeness", .boolean(let flag)): wantsCompleteness = flag
        case ("minComplete", .varchar(let text)):
            guard let time = CivilTime.parseTimestamp(text.bytes.span) else { return false }
            minimumComplete = time
        case ("maxNumericInFilters", .bigint(let count)):
            return (1...Int64(BindOptions.maximumInListCount)).contains(count)
        case ("sqlStringifyArrays", _), ("decimalAsString", _), ("sqlQueryId", _), ("queryId", _),
            ("timeout", _), ("sqlOuterLimit", _), ("sqlCurrentTimestamp", _),
            ("maxNumericInFilters", _), ("sqlTimeZone", _), ("completeness", _),
            ("minComplete", _):
            return false
        default: break
        }
        return true
    }

    private mutating func readParameters(_ list: JSONValue) throws(Malformed) {
        guard list != .null else { return }
        guard let elements = list.elements else {
            throw Malformed(message: "'parameters' must be an array")
        }
        for (index, element) in elements.enumerated() {
            guard let type = element["type"]?.string else {
                throw Malformed(message: "parameter \(index + 1) has no 'type'")
            }
            do throws(QueryError) {
                let value = try ParameterValue(
                    typeName: type, value: Self.value(element["value"] ?? .null),
                    position: index + 1)
                parameters.append(Parameter(name: element["name"]?.string, value: value))
            } catch {
                throw Malformed(message: error.message)
            }
        }
    }

    /// A JSON value as SQL would take it: whole numbers are BIGINT, other plain ones DECIMAL, those
    /// with an exponent DOUBLE; objects have no meaning and are NULL.
    static func value(_ json: JSONValue) -> Value {
        switch json {
        case .null, .object: .null
        case .boolean(let value): .boolean(value)
        case .string(let text): .varchar(text)
        case .array(let elements): .array(elements.map(value))
        case .number(let text):
            if let integer = json.integer {
                .bigint(integer)
            } else if let decimal = Decimal(parsing: text.bytes) {
                .decimal(decimal)
            } else {
                .double(Double(text.string) ?? .nan)
            }
        }
    }
}
