import Query
import Segments

/// The string functions, over arrays of code points.
enum ReferenceTexts {
    typealias Scalars = [Unicode.Scalar]

    static func apply(_ function: ScalarFunction, _ values: [Value]) -> Value? {
        guard case .varchar(let first)? = values.first else { return nil }
        let text = Scalars(first.string.unicodeScalars)
        func other(_ index: Int = 1) -> Scalars {
            guard index < values.count, case .varchar(let text) = values[index] else { return [] }
            return Scalars(text.string.unicodeScalars)
        }
        func number(_ index: Int) -> Int {
            guard index < values.count, case .bigint(let number) = values[index] else { return 0 }
            return Int(max(min(number, 1 << 40), -1 << 40))
        }
        switch function {
        case .lower:
            return made(text.flatMap { Scalars($0.properties.lowercaseMapping.unicodeScalars) })
        case .upper:
            return made(text.flatMap { Scalars($0.properties.uppercaseMapping.unicodeScalars) })
        case .length: return .bigint(Int64(text.count))
        case .concatenate: return made(values.indices.flatMap { other($0) })
        case .replace: return made(replaced(text, other(1), other(2)))
        case .reverse: return made(text.reversed())
        case .repeated: return made((0..<max(0, number(1))).flatMap { _ in text })
        case .substring:
            let from = number(1)
            let until = values.count > 2 ? from + max(0, number(2)) : Int.max
            return made(
                text.enumerated().filter { $0.offset + 1 >= from && $0.offset + 1 < until }
                    .map(\.element))
        case .left: return made(Array(text.prefix(max(0, number(1)))))
        case .right: return made(Array(text.suffix(max(0, number(1)))))
        case .trim, .trimLeading, .trimTrailing: return made(trimmed(function, text, other()))
        case .padLeft, .padRight: return made(padded(function, text, number(1), other(2)))
        case .position: return .bigint(Int64(firstIndex(of: other(), in: text).map { $0 + 1 } ?? 0))
        case .startsWith: return .boolean(text.starts(with: other()))
        case .endsWith: return .boolean(text.reversed().starts(with: other().reversed()))
        case .contains: return .boolean(firstIndex(of: other(), in: text) != nil)
        case .parseTime:
            return CivilTime.parseTimestamp(first.bytes.span).map { .timestamp($0) } ?? .null
        default: return nil
        }
    }

    private static func made(_ scalars: Scalars) -> Value {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return .varchar(Text(String(view)))
    }

    private static func firstIndex(of part: Scalars, in text: Scalars) -> Int? {
        guard part.count <= text.count else { return nil }
        return (0...text.count - part.count).first { text[$0...].starts(with: part) }
    }

    private static func replaced(_ text: Scalars, _ part: Scalars, _ with: Scalars) -> Scalars {
        guard !part.isEmpty else { return text }
        var result: Scalars = []
        var index = 0
        while index < text.count {
            if text[index...].starts(with: part) {
                result += with
                index += part.count
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    private static func trimmed(
        _ function: ScalarFunction, _ text: Scalars, _ characters: Scalars
    ) -> Scalars {
        var slice = text[...]
        if function != .trimTrailing {
            slice = slice.drop { characters.contains($0) }
        }
        if function != .trimLeading {
            while let last = slice.last, characters.contains(last) { slice.removeLast() }
        }
        return Array(slice)
    }

    private static func padded(
        _ function: ScalarFunction, _ text: Scalars, _ count: Int, _ fill: Scalars
    ) -> Scalars {
        guard count > text.count, !fill.isEmpty else { return Array(text.prefix(max(0, count))) }
        let padding = (0..<count - text.count).map { fill[$0 % fill.count] }
        return function == .padLeft ? padding + text : text + padding
    }
}
