/// A query with a name: its text, read anew whenever the name is used.
public struct View: Hashable, Sendable {
    /// The view's number, of the same sequence as those of tables.
    public var id: TableID
    /// The name as written in `CREATE VIEW`.
    public var name: String
    /// The text of the query, as it was written.
    public var sql: String

    /// A view; the catalog gives the number.
    public init(id: TableID = TableID(0), name: String, sql: String) {
        self.id = id
        self.name = name
        self.sql = sql
    }

    /// The most bytes of the text.
    public static let maximumByteCount = 64 * 1024
    /// The most views of a database.
    public static let maximumCount = 10_000

    /// Checks lengths; what the text says is the query engine's business.
    public func validate() throws(SchemaError) {
        guard !name.isEmpty, name.utf8.count <= 128 else {
            throw SchemaError("a view name has 1 to 128 bytes")
        }
        guard !sql.isEmpty, sql.utf8.count <= Self.maximumByteCount else {
            throw SchemaError("a view has 1 to \(Self.maximumByteCount) bytes")
        }
    }
}

/// The view's stable byte form, used by the manifest.
extension View {
    /// Appends number, name and text.
    func encode(into writer: inout ByteWriter) {
        writer.append(id.rawValue)
        writer.append(string: name)
        writer.append(string: sql)
    }

    /// Reads what `encode(into:)` wrote.
    init(from reader: inout ByteReader) throws(ByteError) {
        let at = reader.byteOffset
        self.init(
            id: TableID(try reader.readUInt32()), name: try reader.readString(),
            sql: try reader.readString())
        do throws(SchemaError) { try validate() } catch {
            throw .invalid("view: \(error.message)", byteOffset: at)
        }
    }
}
