import Query
import TestSupport

/// What libFuzzer calls with bytes of its making: lexer, parser and binder must come to an end,
/// never trap, and point into the text where they refuse it. A broken promise ends the process,
/// which is how libFuzzer learns of it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSQL(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer lends `count` bytes for the call; they are copied.
    let text = unsafe String(
        decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    do throws(QueryError) {
        let bound = try BinderFixture.bind(text)
        if case .query(let query) = bound {
            precondition(query.plan.types == query.fields.map(\.type), "types differ: \(text)")
        }
    } catch {
        check(error, text)
    }
    return 0
}

/// A refusal has a place inside the text, an excerpt that shows it, and words.
private func check(_ error: QueryError, _ text: String) {
    precondition(!error.message.isEmpty, "no words for: \(text)")
    guard let range = error.range else {
        precondition(error.code == .limit || error.code == .parameter, "no place: \(text): \(error)")
        return
    }
    precondition(
        range.lowerBound >= 0 && range.upperBound <= text.utf8.count, "outside: \(text): \(error)")
    let excerpt = SQLExcerpt(of: range, in: text)
    precondition(excerpt.line > 0 && excerpt.column > 0 && !excerpt.caret.isEmpty, "\(text)")
}
