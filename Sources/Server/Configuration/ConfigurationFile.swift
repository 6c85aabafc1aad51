/// Reads `daybook.toml`: the part of TOML that settings need.
///
/// `[section]`, `name = value`, comments; a value is a basic string with the escapes `\"` and `\\`,
/// a whole number, or `true`/`false`. Anything else is an error with its line.
enum ConfigurationFile {
    /// One line's setting.
    struct Entry: Equatable {
        var key: String
        var text: String
        var line: Int
    }

    /// The file's settings in order; throws at the first line that is not of the form above.
    static func entries(in text: String) throws(ServerError) -> [Entry] {
        var entries: [Entry] = []
        var section = ""
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = raw.last == "\r" ? raw.dropLast().trimmingBlanks() : raw.trimmingBlanks()
            if line.isEmpty || line.first == "#" { continue }
            if line.first == "[" {
                section = try sectionName(line, line: index + 1)
                continue
            }
            entries.append(try entry(line, section: section, line: index + 1))
        }
        return entries
    }

    private static func sectionName(_ text: Substring, line: Int) throws(ServerError) -> String {
        let body = withoutComment(text)
        let name = body.dropFirst().dropLast()
        guard body.last == "]", !name.isEmpty, name.allSatisfy(isKeyCharacter) else {
            throw fault(line, "a section is written [name]")
        }
        return String(name)
    }

    private static func entry(
        _ text: Substring, section: String, line: Int
    ) throws(ServerError) -> Entry {
        guard let equals = text.firstIndex(of: "=") else {
            throw fault(line, "a setting is written name = value")
        }
        let name = text[..<equals].trimmingBlanks()
        guard !name.isEmpty, name.allSatisfy(isKeyCharacter) else {
            throw fault(line, "a name has letters, digits, '_' and '.'")
        }
        let value = text[text.index(after: equals)...].trimmingBlanks()
        let key = section.isEmpty ? String(name) : section + "." + name
        if value.first == "\"" {
            return Entry(key: key, text: try quoted(value, line: line), line: line)
        }
        let bare = withoutComment(value)
        guard !bare.isEmpty, bare.allSatisfy({ $0.isASCII && ($0.isNumber || $0.isLetter) }) else {
            throw fault(line, "a value is a number, true, false, or a text in double quotes")
        }
        return Entry(key: key, text: String(bare), line: line)
    }

    private static func quoted(_ text: Substring, line: Int) throws(ServerError) -> String {
        var value = ""
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            switch character {
            case "\"":
                guard withoutComment(rest.trimmingBlanks()).isEmpty else {
                    throw fault(line, "nothing may follow the closing quote")
                }
                return value
            case "\\":
                guard let escaped = rest.popFirst(), escaped == "\"" || escaped == "\\" else {
                    throw fault(line, "only \\\" and \\\\ are known after a backslash")
                }
                value.append(escaped)
            default: value.append(character)
            }
        }
        throw fault(line, "the closing quote is missing")
    }

    private static func withoutComment(_ text: Substring) -> Substring {
        (text.firstIndex(of: "#").map { text[..<$0] } ?? text).trimmingBlanks()
    }

    private static func isKeyCharacter(_ character: Character) -> Bool {
        character.isASCII
            && (character.isLetter || character.isNumber || character == "_" || character == ".")
    }

    private static func fault(_ line: Int, _ reason: String) -> ServerError {
        .configuration(key: "line \(line)", reason: reason, hint: nil)
    }
}
