import Segments

/// Finds the event in what Debezium sends of an outbox table.
///
/// Four shapes, alone or one in the other, in this order:
///
///     {"schema": ..., "payload": X}               the converter's schema around X
///     {"before": ..., "after": X, "op": "c", ...}  the change of a row around it
///     {"id": ..., "payload": X, ...}              an outbox row, or an envelope, around X
///     "{\"id\": ...}"                             an object written as a text
///
/// Each is taken off at most once. Where events have a field `payload` of their own, because the
/// table has such a column, the third is taken off inside the second alone. Deletions and rows
/// without a payload have no event.
enum OutboxEnvelope {
    /// What a value holds.
    enum Content {
        /// The event, at this range of the value.
        case row(Range<Int>)
        /// The event, which was a text in the value, without its escapes.
        case text([UInt8])
        /// No event.
        case nothing
    }

    /// The members of an object that shapes are told by, where they lie.
    fileprivate struct Members {
        var schema: Range<Int>?
        var payload: Range<Int>?
        var after: Range<Int>?
        var operation: Range<Int>?
        var count = 0
    }

    /// The event in a value. What has none of the shapes is the event itself.
    ///
    /// - Parameter ownsPayload: Whether events have a field `payload` of their own.
    static func event(in value: Span<UInt8>, ownsPayload: Bool) -> Content {
        let start = JSONText.skipBlanks(value, from: 0)
        guard start < value.count else { return .row(0..<value.count) }
        if value[start] == UInt8(ascii: "\"") { return unescaped(value, start..<value.count) }
        var range = start..<value.count
        guard var members = members(of: value, range) else { return .row(0..<value.count) }
        if members.schema != nil, members.count == 2, let payload = members.payload {
            range = payload
            guard let inner = self.members(of: value, range) else { return leaf(value, range) }
            members = inner
        }
        let isChange = members.operation != nil && members.after != nil
        if isChange, let after = members.after {
            range = after
            guard let inner = self.members(of: value, range) else { return leaf(value, range) }
            members = inner
        }
        guard let payload = members.payload, isChange || !ownsPayload else { return .row(range) }
        return leaf(value, payload)
    }

    /// A value that is no envelope any more: an object, a text, or `null`.
    private static func leaf(_ value: Span<UInt8>, _ range: Range<Int>) -> Content {
        switch value[range.lowerBound] {
        case UInt8(ascii: "n"): .nothing
        case UInt8(ascii: "\""): unescaped(value, range)
        default: .row(range)
        }
    }

    private static func unescaped(_ value: Span<UInt8>, _ range: Range<Int>) -> Content {
        var scanner = JSONScanner(value.extracting(range), crossesLines: true)
        do throws(JSONFault) {
            let token = try scanner.scanString(limit: range.count)
            return .text(scanner.plainBytes(of: token))
        } catch {
            return .row(range)
        }
    }

    /// Where the members lie; `nil` for what is no object.
    private static func members(of value: Span<UInt8>, _ range: Range<Int>) -> Members? {
        var scanner = JSONScanner(value.extracting(range), crossesLines: true)
        scanner.toleratesKeys = true
        var members = Members()
        do throws(JSONFault) {
            try scanner.expect(UInt8(ascii: "{"), "'{' was expected")
            scanner.skipBlanks()
            while scanner.peek != UInt8(ascii: "}") {
                let key = try scanner.scanKey()
                let start = scanner.position
                if scanner.peek == UInt8(ascii: "\"") {
                    _ = try scanner.scanString(limit: range.count)
                } else {
                    try scanner.skipValue(depth: 1)
                }
                let place = (range.lowerBound + start)..<(range.lowerBound + scanner.position)
                members.note(scanner.plainBytes(of: key), place)
                scanner.skipBlanks()
                if scanner.peek == UInt8(ascii: ",") {
                    scanner.position &+= 1
                    scanner.skipBlanks()
                } else if scanner.peek != UInt8(ascii: "}") {
                    throw scanner.fault("',' or '}' was expected")
                }
            }
            return members
        } catch {
            return nil
        }
    }
}

extension OutboxEnvelope.Members {
    fileprivate mutating func note(_ name: [UInt8], _ place: Range<Int>) {
        count += 1
        switch name {
        case Array("schema".utf8): schema = place
        case Array("payload".utf8): payload = place
        case Array("after".utf8): after = place
        case Array("op".utf8): operation = place
        default: break
        }
    }
}
