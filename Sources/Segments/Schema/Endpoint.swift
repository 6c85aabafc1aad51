/// A query with a name and typed parameters that is offered over HTTP: its text, read anew whenever
/// it is asked.
public struct Endpoint: Hashable, Sendable {
    /// The endpoint's number, of the same sequence as those of tables.
    public var id: TableID
    /// The name as written in `CREATE ENDPOINT`; endpoints have names of their own.
    public var name: String
    /// In the order declared.
    public var parameters: [Parameter]
    /// The text of the query, as it was written; `:name` stands for a parameter.
    public var sql: String

    /// One parameter.
    public struct Parameter: Hashable, Sendable {
        /// Without its colon.
        public var name: String
        /// What it takes.
        public var type: LogicalType
        /// What it is where nothing is given; without it, it must be given.
        public var defaultValue: Value?

        /// A parameter.
        public init(name: String, type: LogicalType, defaultValue: Value? = nil) {
            self.name = name
            self.type = type
            self.defaultValue = defaultValue
        }
    }

    /// An endpoint; the catalog gives the number.
    public init(
        id: TableID = TableID(0), name: String, parameters: [Parameter], sql: String
    ) {
        self.id = id
        self.name = name
        self.parameters = parameters
        self.sql = sql
    }

    /// The most bytes of the text.
    public static let maximumByteCount = 64 * 1024
    /// The most parameters.
    public static let maximumParameterCount = 100
    /// The most endpoints of a database.
    public static let maximumCount = 10_000

    /// Checks lengths, names and types; what the text says is the query engine's business.
    public func validate() throws(SchemaError) {
        guard !name.isEmpty, name.utf8.count <= 128 else {
            throw SchemaError("an endpoint name has 1 to 128 bytes")
        }
        guard !sql.isEmpty, sql.utf8.count <= Self.maximumByteCount else {
            throw SchemaError("an endpoint has 1 to \(Self.maximumByteCount) bytes")
        }
        guard parameters.count <= Self.maximumParameterCount else {
            throw SchemaError("an endpoint has at most \(Self.maximumParameterCount) parameters")
        }
        var names: Set<String> = []
        for parameter in parameters {
            guard !parameter.name.isEmpty, parameter.name.utf8.count <= 128,
                names.insert(parameter.name).inserted
            else { throw SchemaError("parameters have names of 1 to 128 bytes, each its own") }
            if let value = parameter.defaultValue, !parameter.type.holds(value) {
                throw SchemaError(
                    "the default of parameter '\(parameter.name)' is no \(parameter.type)")
            }
        }
    }
}

/// The endpoint's stable byte form, used by the manifest.
extension Endpoint {
    /// Appends number, name, parameters and text.
    func encode(into writer: inout ByteWriter) {
        writer.append(id.rawValue)
        writer.append(string: name)
        writer.append(UInt32(parameters.count))
        for parameter in parameters {
            writer.append(string: parameter.name)
            parameter.type.encode(into: &writer)
            writer.append(UInt8(parameter.defaultValue == nil ? 0 : 1))
            parameter.defaultValue?.encode(into: &writer)
        }
        writer.append(string: sql)
    }

    /// Reads what `encode(into:)` wrote.
    init(from reader: inout ByteReader) throws(ByteError) {
        let at = reader.byteOffset
        let id = TableID(try reader.readUInt32())
        let name = try reader.readString()
        var parameters: [Parameter] = []
        for _ in 0..<(try reader.readCount(limit: Self.maximumParameterCount)) {
            var parameter = Parameter(
                name: try reader.readString(), type: try LogicalType(from: &reader))
            let flag = try reader.readUInt8()
            guard flag <= 1 else { throw .invalid("parameter", byteOffset: at) }
            if flag == 1 { parameter.defaultValue = try Value(from: &reader) }
            parameters.append(parameter)
        }
        self.init(id: id, name: name, parameters: parameters, sql: try reader.readString())
        do throws(SchemaError) { try validate() } catch {
            throw .invalid("endpoint: \(error.message)", byteOffset: at)
        }
    }
}
