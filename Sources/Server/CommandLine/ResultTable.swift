import Segments

/// Draws rows as a box with a header, a row of types, and a footer.
///
/// Columns are as wide as their widest cell, cut at `maximumCellWidth`; numbers stand to the right.
/// A table of one column, such as a plan, is not cut.
/// East Asian wide characters count two.
struct ResultTable {
    /// One per column.
    var names: [String]
    /// The types' names; numbers among them align to the right.
    var types: [String]
    /// Whether the types stand under the names.
    var showsTypes = true
    /// The cells; `nil` is NULL.
    var rows: [[String?]]

    private static let maximumCellWidth = 60

    /// The drawing, one line feed after each line.
    func text() -> String {
        let limit = names.count > 1 ? Self.maximumCellWidth : .max
        let cells = rows.map { row in row.map { Self.shown($0, limit: limit) } }
        var widths = names.indices.map {
            max(Self.width(names[$0]), showsTypes ? Self.width(types[$0]) : 0)
        }
        for row in cells {
            for (column, cell) in row.enumerated() {
                widths[column] = max(widths[column], Self.width(cell))
            }
        }
        var text = Self.rule("┌", "┬", "┐", widths)
        text += line(names, widths)
        if showsTypes { text += line(types, widths) }
        text += Self.rule("├", "┼", "┤", widths)
        for row in cells { text += line(row, widths) }
        return text + Self.rule("└", "┴", "┘", widths)
    }

    private static let numericTypes = ["BIGINT", "DOUBLE", "DECIMAL", "INTEGER"]

    /// Whether values of the type stand to the right.
    static func isNumeric(_ type: String) -> Bool {
        numericTypes.contains { type.hasPrefix($0) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for (column, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: widths[column] - Self.width(cell))
            text += "│ " + (Self.isNumeric(types[column]) ? padding + cell : cell + padding) + " "
        }
        return text + "│\n"
    }

    private static func rule(
        _ left: String, _ middle: String, _ right: String, _ widths: [Int]
    ) -> String {
        left
            + widths.map { String(repeating: "─", count: $0 + 2) }.joined(separator: middle)
            + right + "\n"
    }

    private static func shown(_ cell: String?, limit: Int) -> String {
        guard let cell else { return "NULL" }
        // Neither line ends nor a terminal's commands leave their cell.
        var scalars = String.UnicodeScalarView()
        for scalar in cell.unicodeScalars {
            scalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        let oneLine = String(scalars)
        guard width(oneLine) > limit else { return oneLine }
        var cut = ""
        var used = 0
        for character in oneLine {
            used += width(String(character))
            if used >= limit { break }
            cut.append(character)
        }
        return cut + "…"
    }

    /// Columns of a terminal that a text takes.
    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x0300...0x036f, 0x200b...0x200f, 0xfe00...0xfe0f: 0
        case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff,
            0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
            2
        default: 1
        }
    }
}
