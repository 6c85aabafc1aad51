/// Why a row's text is refused; small, so that throwing it costs no allocation.
struct JSONFault: Error {
    let code: Rejection.Code
    /// Where in the body.
    let byteOffset: Int
    /// Finishes the sentence that begins with the field or the row.
    let reason: StaticString
    /// The column concerned, by position, or -1.
    var column = -1
    /// Where the key concerned is written, without its quotes; empty where none is.
    var key = 0..<0

    init(_ code: Rejection.Code, at byteOffset: Int, _ reason: StaticString) {
        self.code = code
        self.byteOffset = byteOffset
        self.reason = reason
    }

    /// Whether the text may be followed further: it is JSON, but not what the table wants.
    var isAboutMeaning: Bool {
        switch code {
        case .invalidJSON, .invalidUTF8, .tooDeep, .stringTooLong: false
        default: true
        }
    }
}
