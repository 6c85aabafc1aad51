/// A source as declared: from where rows come into a table by themselves.
///
/// What the options mean is the connector's business; here they are texts. How far a source was
/// read is no part of it: positions live in the write-ahead log, beside the rows.
public struct SourceDefinition: Hashable, Sendable {
    /// The source's number, of the same sequence as those of tables.
    public var id: TableID
    /// The name as written in `CREATE SOURCE`.
    public var name: String
    /// Where its rows go.
    public var tableID: TableID
    /// What it is read from.
    public var kind: Kind
    /// By ascending name, each once.
    public var options: [Option]
    /// Why it rests; `nil` while it should run.
    public var pause: String?

    /// What a source is read from.
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// A topic of a Kafka cluster.
        case kafka = 1
        /// The files of a directory.
        case files = 2

        /// The word in `CREATE SOURCE ... FROM`.
        public var keyword: String {
            switch self {
            case .kafka: "KAFKA"
            case .files: "FILES"
            }
        }
    }

    /// `name = 'value'`.
    public struct Option: Hashable, Sendable {
        /// In small letters.
        public var name: String
        /// As written.
        public var value: String

        /// An option.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The most sources of a database: each has a thread.
    public static let maximumCount = 64
    /// The most bytes of a name.
    public static let maximumNameByteCount = 128
    /// The most options of one.
    public static let maximumOptionCount = 64
    /// The most bytes of an option's value.
    public static let maximumValueByteCount = 4 << 10

    /// A definition; its options are put in order.
    public init(
        id: TableID, name: String, tableID: TableID, kind: Kind, options: [Option],
        pause: String? = nil
    ) {
        self.id = id
        self.name = name
        self.tableID = tableID
        self.kind = kind
        self.options = options.sorted { $0.name < $1.name }
        self.pause = pause
    }

    /// The value of an option, if it is given.
    public subscript(_ name: String) -> String? { options.first { $0.name == name }?.value }

    /// Checks what every definition must hold.
    public func validate() throws(SchemaError) {
        guard !name.isEmpty, name.utf8.count <= Self.maximumNameByteCount else {
            throw SchemaError(
                "the name of a source has 1 to \(Self.maximumNameByteCount) bytes")
        }
        guard options.count <= Self.maximumOptionCount else {
            throw SchemaError("a source has at most \(Self.maximumOptionCount) options")
        }
        for (index, option) in options.enumerated() {
            guard index == 0 || options[index - 1].name < option.name else {
                throw SchemaError("the option '\(option.name)' is given twice")
            }
            guard option.value.utf8.count <= Self.maximumValueByteCount else {
                throw SchemaError(
                    "the option '\(option.name)' has more than \(Self.maximumValueByteCount) bytes")
            }
        }
    }
}

// MARK: - Byte form

extension SourceDefinition {
    /// Appends the definition's stable byte form: number, name, table, kind, count and options,
    /// whether it rests, and why.
    func encode(into writer: inout ByteWriter) {
        writer.append(id.rawValue)
        writer.append(string: name)
        writer.append(tableID.rawValue)
        writer.append(kind.rawValue)
        writer.append(UInt32(options.count))
        for option in options {
            writer.append(string: option.name)
            writer.append(string: option.value)
        }
        writer.append(UInt8(pause == nil ? 0 : 1))
        if let pause { writer.append(string: pause) }
    }

    /// Reads what `encode(into:)` wrote and validates it.
    init(from reader: inout ByteReader) throws(ByteError) {
        let at = reader.byteOffset
        let id = TableID(try reader.readUInt32())
        let name = try reader.readString()
        let tableID = TableID(try reader.readUInt32())
        guard let kind = Kind(rawValue: try reader.readUInt8()) else {
            throw .invalid("kind of a source", byteOffset: at)
        }
        var options: [Option] = []
        for _ in 0..<(try reader.readCount(limit: Self.maximumOptionCount)) {
            options.append(Option(try reader.readString(), try reader.readString()))
        }
        var pause: String?
        switch try reader.readUInt8() {
        case 0: break
        case 1: pause = try reader.readString()
        default: throw .invalid("state of a source", byteOffset: at)
        }
        self.init(
            id: id, name: name, tableID: tableID, kind: kind, options: options, pause: pause)
        do throws(SchemaError) { try validate() } catch {
            throw .invalid("source: \(error.message)", byteOffset: at)
        }
        guard self.options == options else {
            throw .invalid("order of a source's options", byteOffset: at)
        }
    }
}
