/// Takes JSON objects apart: one column of texts per path of member names that leads to a scalar.
///
/// A path's value is exactly what `JSONPath.appendScalar` finds: strings without their escapes,
/// numbers and booleans as written, NULL for null, arrays, objects and where there is nothing. A
/// path is given up where its values are too many for a dictionary.
struct JSONShredder: JSONVisitor {
    /// The most paths of a column; those that come first.
    static let maximumPathCount = 64
    /// The most names of a path.
    static let maximumDepth = 8
    /// The most bytes of a name.
    static let maximumNameByteCount = 128
    /// The most member names, met at all places of all texts, that are told apart.
    static let maximumNodeCount = 256

    private var nodes = [Node(name: [], parent: 0)]
    private var pathCount = 0
    private let slotCount: Int
    private let entryLimit: Int
    private var slot = 0
    /// The object begun last, behind those around it: its node and its number.
    private var open: [(node: Int, number: Int)] = []
    private var objectCount = 0
    /// The node of the object or scalar that comes next.
    private var current = 0

    /// A member name below other names.
    private struct Node {
        let name: [UInt8]
        let parent: Int
        var children: [Int] = []
        /// The number of the last object in which the name was met.
        var objectNumber = 0
        /// Set once a scalar is found here, until there are too many of them.
        var values: Values?
        var isGivenUp = false
    }

    /// A path's values so far.
    private struct Values {
        var interner = StringInterner(minimumCapacity: 16)
        /// Per slot, for all slots before the last one with a value and that one.
        var codes: [UInt32] = []
        var validity = Bitmap(count: 0)

        /// - Returns: How many different values there are.
        mutating func append(_ text: Span<UInt8>, slot: Int) -> Int {
            fill(to: slot)
            codes.append(interner.intern(text))
            validity.append(true)
            return interner.count
        }

        private mutating func fill(to slot: Int) {
            while codes.count < slot {
                codes.append(0)
                validity.append(false)
            }
        }

        /// One value per slot as sorted codes; `nil` where that does not pay.
        mutating func finish(slotCount: Int) -> Column? {
            fill(to: slotCount)
            let dictionary = StringDictionary(interner.strings, isSorted: false)
            let column = DictionaryEncoding.prepare(
                Column(
                    type: .varchar, values: .codes(codes, dictionary),
                    validity: validity.setCount == slotCount ? nil : validity))
            if case .codes = column.values { return column }
            return nil
        }
    }

    /// Takes apart a JSON column as it is written: its dictionary's entries, or its rows where it
    /// has none. Nothing for a column of another type.
    static func columns(of column: Column) -> [(path: [Text], column: Column)] {
        guard column.type == .json else { return [] }
        switch column.values {
        case .codes(_, let dictionary): return columns(of: dictionary.values, validity: nil)
        case .strings(let texts): return columns(of: texts, validity: column.validity)
        default: return []
        }
    }

    /// Takes apart the strings of `texts` at the slots where `validity` has a bit.
    ///
    /// - Returns: The paths that were kept, each with one VARCHAR per slot, in the order of their
    ///   first appearance.
    static func columns(
        of texts: StringVector, validity: Bitmap?
    ) -> [(path: [Text], column: Column)] {
        var shredder = JSONShredder(slotCount: texts.count)
        for slot in 0..<texts.count where validity.map({ $0[slot] }) ?? true {
            shredder.slot = slot
            shredder.current = 0
            // What is no object has no members.
            _ = JSONPath.visit(texts.span(at: slot), &shredder)
        }
        return shredder.finish()
    }

    private init(slotCount: Int) {
        self.slotCount = slotCount
        entryLimit = DictionaryEncoding.limit(rowCount: slotCount)
    }

    mutating func beginObject() {
        objectCount += 1
        open.append((current, objectCount))
    }

    mutating func endObject() { open.removeLast() }

    mutating func member(_ name: Span<UInt8>, isObject: Bool, depth: Int) -> JSONVisit {
        guard let parent = open.last, let node = child(of: parent.node, name, depth) else {
            return .skip
        }
        // Of two members of one name only the first can be found by a path.
        guard nodes[node].objectNumber != parent.number else { return .skip }
        nodes[node].objectNumber = parent.number
        current = node
        if isObject { return .enter }
        return nodes[node].isGivenUp ? .skip : .take
    }

    private mutating func child(of parent: Int, _ name: Span<UInt8>, _ depth: Int) -> Int? {
        for child in nodes[parent].children {
            let known = nodes[child].name
            if ByteOrder.equal(known.span, name) { return child }
        }
        guard depth < Self.maximumDepth, nodes.count <= Self.maximumNodeCount,
            name.count <= Self.maximumNameByteCount
        else { return nil }
        nodes.append(Node(name: [UInt8](copying: name), parent: parent))
        nodes[parent].children.append(nodes.count - 1)
        return nodes.count - 1
    }

    mutating func scalar(_ text: Span<UInt8>) {
        if nodes[current].values == nil {
            guard !nodes[current].isGivenUp, pathCount < Self.maximumPathCount else { return }
            pathCount += 1
            nodes[current].values = Values()
        }
        let count = nodes[current].values?.append(text, slot: slot) ?? 0
        guard count > entryLimit else { return }
        nodes[current].values = nil
        nodes[current].isGivenUp = true
    }

    private mutating func finish() -> [(path: [Text], column: Column)] {
        var columns: [(path: [Text], column: Column)] = []
        for index in nodes.indices {
            guard let column = nodes[index].values?.finish(slotCount: slotCount) else { continue }
            var path: [Text] = []
            var node = index
            while node != 0 {
                path.insert(Text(bytes: nodes[node].name), at: 0)
                node = nodes[node].parent
            }
            columns.append((path, column))
        }
        return columns
    }
}
