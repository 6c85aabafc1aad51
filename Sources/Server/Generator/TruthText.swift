/// Writes indented JSON, member by member. It knows texts without quotes, backslashes and control
/// characters only, which is all a truth has.
struct TruthText {
    private(set) var text = ""
    private var depth = 0
    private var needsComma = false

    /// Writes `{` … `}` around what `body` writes.
    mutating func object(_ name: String? = nil, _ body: (inout TruthText) -> Void) {
        nest(name, "{", "}", body)
    }

    /// Writes `[` … `]` around what `body` writes.
    mutating func array(_ name: String, _ body: (inout TruthText) -> Void) {
        nest(name, "[", "]", body)
    }

    mutating func member(_ name: String, _ value: some BinaryInteger) {
        begin(name)
        text += "\(value)"
    }

    mutating func member(_ name: String, _ value: String) {
        begin(name)
        text += "\"\(value)\""
    }

    private mutating func nest(
        _ name: String?, _ open: String, _ close: String, _ body: (inout TruthText) -> Void
    ) {
        begin(name)
        text += open
        depth += 1
        needsComma = false
        body(&self)
        depth -= 1
        text += "\n" + String(repeating: "  ", count: depth) + close
        needsComma = true
    }

    private mutating func begin(_ name: String?) {
        if needsComma { text += "," }
        if depth > 0 { text += "\n" + String(repeating: "  ", count: depth) }
        if let name { text += "\"\(name)\": " }
        needsComma = true
    }
}
