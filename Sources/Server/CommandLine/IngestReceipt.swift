import Ingest

/// What became of the lines of one request.
struct IngestReceipt: Equatable, Sendable {
    /// A line that was refused, and why.
    struct Rejection: Equatable, Sendable {
        /// Counted from 1 within the request.
        var line: Int
        var code: String
        /// The member of the line concerned, if one is.
        var field: String?
        var message: String
    }

    /// Events that are new.
    var accepted = 0
    /// Events that were there already, with the same content.
    var duplicate = 0
    /// Events whose id was there already with another content; the first stays.
    var conflict = 0
    /// Lines that are no events of the table.
    var rejected = 0
    /// The version at which they can be read.
    var version = 0
    /// The refused lines, as many as the server tells.
    var rejections: [Rejection] = []

    init() {}

    /// Reads the answer to a request that was obeyed.
    init(_ answer: JSONValue) throws(CommandError) {
        func count(_ name: String) throws(CommandError) -> Int {
            guard let value = answer[name]?.integer, value >= 0 else {
                throw CommandError("the server's answer has no '\(name)'")
            }
            return Int(value)
        }
        accepted = try count("accepted")
        duplicate = try count("duplicate")
        conflict = try count("conflict")
        rejected = try count("rejected")
        version = Int(answer["version"]?.integer ?? 0)
        rejections = Self.rejections(answer["rejections"])
    }

    /// Lines in all.
    var lineCount: Int { accepted + duplicate + conflict + rejected }

    /// The refused lines an answer tells of.
    static func rejections(_ value: JSONValue?) -> [Rejection] {
        (value?.elements ?? []).map { element in
            Rejection(
                line: Int(element["line"]?.integer ?? 0), code: element["code"]?.string ?? "",
                field: element["field"]?.string, message: element["message"]?.string ?? "")
        }
    }

    /// Adds the counts of another request.
    mutating func add(_ other: IngestReceipt) {
        accepted += other.accepted
        duplicate += other.duplicate
        conflict += other.conflict
        rejected += other.rejected
        version = max(version, other.version)
    }
}
