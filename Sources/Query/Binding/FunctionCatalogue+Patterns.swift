import Segments

extension FunctionCatalogue {
    /// Functions of texts that search by patterns, take them apart or code them.
    static let patterns: [FunctionEntry] =
        [
            FunctionEntry(
                "ICONTAINS_STRING", signature: "(text, part)",
                "Whether `part` occurs in the text, ASCII letters without case.", [.text, .text],
                gives: .boolean, .containsIgnoringCase),
            FunctionEntry(
                "TEXTCAT", signature: "(text, text)", "Both texts as one.", [.text, .text],
                gives: .varchar, .concatenate),
            FunctionEntry(
                "INITCAP", signature: "(text)", "The first letter of each word as a capital.",
                [.text], gives: .varchar, .capitalised),
            FunctionEntry(
                "SPLIT_PART", signature: "(text, delimiter, number)",
                "Part `number` between delimiters, from 1, or from -1 at the end.",
                [.text, .text, .integer], gives: .varchar, .splitPart),
            FunctionEntry(
                "REGEXP_LIKE", signature: "(text, pattern)",
                "Whether the regular expression matches anywhere in the text.",
                [.text, .constantText]
            ) { (call) throws(QueryError) in
                ConstantFolding.call(
                    .regexMatches(try regex(call)), [call.arguments[0]], type: .boolean,
                    at: call.range)
            },
            FunctionEntry(
                "REGEXP_EXTRACT", signature: "(text, pattern[, group])",
                "The first match, or what a group of it holds; NULL without match.",
                [.text, .constantText, .integer], optional: 1, bind: extract),
            FunctionEntry(
                "REGEXP_REPLACE", signature: "(text, pattern, replacement)",
                "Every match replaced; `$1` stands for what group 1 holds.",
                [.text, .constantText, .constantText], bind: replace),
            FunctionEntry(
                "ENCODE", signature: "(text, coding)", "The text in 'base64' or 'hex'.",
                [.text, .constantText]
            ) { (call) throws(QueryError) in
                ConstantFolding.call(
                    .encode(try coding(call)), [call.arguments[0]], type: .varchar, at: call.range)
            },
            FunctionEntry(
                "DECODE", signature: "(text, coding)",
                "The text that is coded in 'base64' or 'hex'; NULL where it is none.",
                [.text, .constantText]
            ) { (call) throws(QueryError) in
                ConstantFolding.call(
                    .decode(try coding(call)), [call.arguments[0]], type: .varchar, at: call.range)
            },
            FunctionEntry(
                "DECODE_BASE64_UTF8", signature: "(text)", "`DECODE(text, 'base64')`.", [.text],
                gives: .varchar, .decode(.base64)),
        ] + [Digest.md5, .sha1, .sha256].map(digest)

    private static func digest(_ digest: Digest) -> FunctionEntry {
        FunctionEntry(
            names: [digest.rawValue], signature: "(text)",
            summary: "The \(digest.rawValue) digest of the text's UTF-8, in hexadecimal.",
            arguments: [.text]
        ) { (call) throws(QueryError) in
            ConstantFolding.call(
                .digest(digest), call.arguments, type: .varchar, at: call.range)
        }
    }

    private static func regex(_ call: FunctionEntry.Call) throws(QueryError) -> Regex {
        let pattern = call.arguments[1].constantText?.string ?? ""
        do throws(RegexError) { return try Regex(pattern) } catch {
            throw QueryError(
                .invalidArgument,
                "'\(pattern)' is no regular expression at its character \(error.position): "
                    + error.reason,
                at: call.places[1])
        }
    }

    private static let extract:
        @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression = {
            (call) throws(QueryError) in
            let regex = try regex(call)
            var group: Int64 = 0
            if call.arguments.count == 3 {
                let groups = Int64(regex.program.groupCount)
                guard case .bigint(let asked)? = call.arguments[2].constant,
                    (0...groups).contains(asked)
                else {
                    throw QueryError(
                        .invalidArgument, "the pattern has groups 0 to \(groups)",
                        at: call.places[2],
                        hint: "parentheses make groups: REGEXP_EXTRACT(x, 'a(b)', 1)")
                }
                group = asked
            }
            return ConstantFolding.call(
                .regexExtract(regex, group: Int(group)), [call.arguments[0]], type: .varchar,
                at: call.range)
        }

    private static let replace:
        @Sendable (FunctionEntry.Call) throws(QueryError) -> BoundExpression = {
            (call) throws(QueryError) in
            let regex = try regex(call)
            let text = call.arguments[2].constantText?.string ?? ""
            guard let replacement = RegexReplacement(text, groups: regex.program.groupCount) else {
                throw QueryError(
                    .invalidArgument,
                    "the replacement names a group beyond 0 to \(regex.program.groupCount)",
                    at: call.places[2], hint: "a dollar sign itself is written \\$")
            }
            return ConstantFolding.call(
                .regexReplace(regex, replacement), [call.arguments[0]], type: .varchar,
                at: call.range)
        }

    private static func coding(_ call: FunctionEntry.Call) throws(QueryError) -> TextCoding {
        let name = call.arguments[1].constantText?.string ?? ""
        guard let coding = TextCoding(rawValue: name.uppercased()) else {
            throw QueryError(
                .invalidArgument, "'\(name)' is no coding of texts", at: call.places[1],
                hint: "codings are 'base64' and 'hex'")
        }
        return coding
    }
}
