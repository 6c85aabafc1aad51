/// OVER and WINDOW.
extension Parser {
    /// `name AS (window), ...` behind WINDOW.
    mutating func namedWindows() throws(QueryError) -> [Syntax.NamedWindow] {
        try list("windows") { (parser) throws(QueryError) in
            let name = try parser.identifier("the name of a window")
            try parser.expect(.as, " before the window")
            return Syntax.NamedWindow(name: name, window: try parser.window())
        }
    }

    /// `OVER name` or `OVER (window)`, behind a call; nil if there is none.
    mutating func over() throws(QueryError) -> Syntax.Window? {
        guard isAt(.over), following.kind == .symbol(.leftParenthesis) || isNameFollowing else {
            return nil
        }
        advance()
        guard isAtName else { return try window() }
        let name = name(of: advance())
        return Syntax.Window(base: name, range: name.range)
    }

    private var isNameFollowing: Bool {
        following.kind == .quotedIdentifier
            || (following.kind == .identifier && following.keyword?.isReserved != true)
    }

    private mutating func window() throws(QueryError) -> Syntax.Window {
        let start = current.range.lowerBound
        try expect(.leftParenthesis, " before the window")
        var window = try nested { (parser) throws(QueryError) in try parser.windowParts() }
        try expect(.rightParenthesis, " after the window")
        window.range = range(from: start)
        return window
    }

    private mutating func windowParts() throws(QueryError) -> Syntax.Window {
        var window = Syntax.Window(range: current.range)
        if isAtName, !isAt(.partition), !isAt(.rows), !isAt(.range), !isAt(.groups) {
            window.base = name(of: advance())
        }
        if accept(.partition) {
            try expect(.by, " after PARTITION")
            window.partitionBy = try list("items in PARTITION BY") { (parser) throws(QueryError) in
                try parser.expression()
            }
        }
        if accept(.order) { window.orderBy = try orderItems() }
        if isAt(.groups) { throw unsupported("frames of GROUPS are not supported") }
        if isAt(.rows) || isAt(.range) { window.frame = try frame() }
        if isAt(.exclude) { throw unsupported("EXCLUDE in a frame is not supported") }
        return window
    }

    private mutating func frame() throws(QueryError) -> Syntax.Frame {
        let start = current.range.lowerBound
        let unit: Syntax.Frame.Unit = advance().keyword == .rows ? .rows : .range
        guard accept(.between) else {
            let bound = try frameBound()
            return Syntax.Frame(
                unit: unit, start: bound, end: .currentRow, range: range(from: start))
        }
        let first = try frameBound()
        try expect(.and, " between the ends of the frame")
        let last = try frameBound()
        return Syntax.Frame(unit: unit, start: first, end: last, range: range(from: start))
    }

    private mutating func frameBound() throws(QueryError) -> Syntax.Frame.Bound {
        if isAt(.current), following.keyword == .row {
            advance()
            advance()
            return .currentRow
        }
        if accept(.unbounded) {
            if accept(.preceding) { return .unboundedPreceding }
            try expect(.following, " or PRECEDING after UNBOUNDED")
            return .unboundedFollowing
        }
        let count = try operand()
        if accept(.preceding) { return .preceding(count) }
        guard accept(.following) else {
            throw unexpected(
                "PRECEDING or FOLLOWING", near: [.preceding, .following],
                hint: "for example ROWS BETWEEN 6 PRECEDING AND CURRENT ROW")
        }
        return .following(count)
    }
}
