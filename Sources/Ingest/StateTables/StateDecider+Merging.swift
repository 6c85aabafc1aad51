import Segments

/// A row of a table that merges, on its way.
struct MergedRow {
    /// For each declared column the row of `StateSources` whose value it has.
    var cells: [Int32]
    /// Without versions nothing; else first the largest version of a deletion, then, at its id, the
    /// version that wrote each column.
    var fieldVersions: [Int64]
    /// The largest version of an event of the key; of a tombstone, that of the deletion.
    var version: Int64
    var isDeleted: Bool
    let hash: UInt64
}

/// Rows that overwrite only the fields they have.
///
/// With versions each field has its own: its value is that of the largest version that has the
/// field, if that is above the version of every deletion. A key is there if an event that does not
/// delete it is above every deletion. So the row is the same in the end in whatever order events
/// of different versions come.
extension StateDecider {
    /// Decides one row.
    mutating func merge(_ row: Int) {
        let number = rows.keyNumbers[row]
        var merged = current(number, row)
        let isTombstone = rows.isTombstone(row)
        let before = holders[number]
        let outcome =
            isTombstone
            ? delete(row, before, &merged) : overwrite(row, before, &merged)
        switch outcome {
        case .duplicate: decision.counts.duplicate += 1
        case .stale: decision.counts.stale += 1
        case .changed:
            if let time = schema.timestampColumn, !merged.isDeleted,
                merged.cells[time] == sources.blank,
                schema.columns[time].defaultValue.isNull
            {
                return reject(row, missing: time)
            }
            let index = take(number, isTombstone: merged.isDeleted, count: self.merged.count)
            if index == self.merged.count {
                self.merged.append(merged)
            } else {
                self.merged[index] = merged
            }
            holders[number] = KeyHolder(
                place: .pending(index), version: merged.version, isDeleted: merged.isDeleted)
        }
    }

    private enum Outcome {
        case changed, duplicate, stale
    }

    private var hasVersions: Bool { schema.versionColumn != nil }

    /// Columns that are neither of the key nor the version.
    private func isField(_ column: Int) -> Bool {
        column != schema.versionColumn && !schema.primaryKey.contains(column)
    }

    /// The key's row as it is before a row of the request.
    private func current(_ number: Int, _ row: Int) -> MergedRow {
        let holder = holders[number]
        if case .pending(let index) = holder.place { return merged[index] }
        let source = holder.source >= 0 ? holder.source : sources.blank
        var cells = [Int32](repeating: source, count: schema.visibleColumnCount)
        for column in schema.primaryKey { cells[column] = Int32(truncatingIfNeeded: row) }
        return MergedRow(
            cells: cells, fieldVersions: fieldVersions(of: holder), version: holder.version,
            isDeleted: holder.isDeleted, hash: rows.hashes[row])
    }

    private func fieldVersions(of holder: KeyHolder) -> [Int64] {
        guard let column = schema.fieldVersionsColumn else { return [] }
        let count = Int(schema.visibleColumns.map(\.id).max() ?? 0) + 1
        var versions = [Int64](repeating: ColumnDefinition.unwrittenVersion, count: count)
        if holder.source >= 0,
            case .arrays(let offsets, let elements) = sources.rows.columns[column].values
        {
            let start = Int(offsets[Int(holder.source)])
            let end = Int(offsets[Int(holder.source) + 1])
            let values = elements.integerValues
            for index in start..<min(end, start + count) { versions[index - start] = values[index] }
        }
        return versions
    }

    private func place(of column: Int) -> Int { Int(schema.columns[column].id) }

    // MARK: Fields

    /// Overwrites the fields that the row has.
    private func overwrite(
        _ row: Int, _ holder: KeyHolder, _ merged: inout MergedRow
    ) -> Outcome {
        let version = rows.version(row)
        if hasVersions, version <= merged.fieldVersions[0] { return .stale }
        let isNew = !holder.isThere
        var hasChanged = isNew || (hasVersions && version > holder.version)
        var isLate = false
        let source = Int32(truncatingIfNeeded: row)
        for column in merged.cells.indices where isField(column) && hasField(column, row) {
            let differs = !sources.areEqual(source, merged.cells[column], column: column)
            if hasVersions {
                let known = merged.fieldVersions[place(of: column)]
                guard known <= version else {
                    isLate = true
                    continue
                }
                merged.fieldVersions[place(of: column)] = version
                hasChanged = hasChanged || known < version
            }
            hasChanged = hasChanged || differs
            // The blank row only stands for what nobody has written, whatever it says.
            if differs || merged.cells[column] == sources.blank { merged.cells[column] = source }
        }
        guard hasChanged else { return isLate ? .stale : .duplicate }
        merged.isDeleted = false
        merged.version = isNew ? version : max(version, merged.version)
        return .changed
    }

    /// Whether the row says something for a column; of the time only what is no NULL counts.
    private func hasField(_ column: Int, _ row: Int) -> Bool {
        let isPresent = rows.presence?.has(column, row: row) ?? true
        return isPresent
            && (schema.columns[column].isNullable || !rows.batch.columns[column].isNull(row))
    }

    /// Deletes the fields that no later event has written, and the key if none has.
    private func delete(
        _ row: Int, _ holder: KeyHolder, _ merged: inout MergedRow
    ) -> Outcome {
        if hasVersions {
            let version = rows.version(row)
            let known = merged.fieldVersions[0]
            guard version > known else { return version < known ? .stale : .duplicate }
            merged.fieldVersions[0] = version
            merged.isDeleted = version >= merged.version
            merged.version = max(version, merged.version)
        } else {
            guard holder.isThere else { return .duplicate }
            merged.isDeleted = true
        }
        for column in merged.cells.indices where isField(column) {
            if column == schema.timestampColumn {
                // A row has a place in time, whatever is deleted of it.
                let isFirst = holder.place == .nowhere && hasField(column, row)
                if isFirst { merged.cells[column] = Int32(truncatingIfNeeded: row) }
            } else if !hasVersions
                || merged.fieldVersions[place(of: column)] <= merged.fieldVersions[0]
            {
                merged.cells[column] = sources.blank
            }
        }
        return .changed
    }

    // MARK: Results

    private mutating func reject(_ row: Int, missing column: Int) {
        let definition = schema.columns[column]
        decision.counts.rejected += 1
        decision.rejections.append(
            Rejection(
                code: .missingField, line: Int(events.lines[row]),
                byteOffset: Int(events.ranges[row].lowerBound), column: 1,
                field: definition.name,
                message:
                    "column '\(definition.name)' (\(definition.type)) is missing and NOT NULL, "
                    + "and the key has no row that has it",
                raw: events.raw(at: row)))
    }

    /// Puts the kept rows together, column by column.
    mutating func finishMerged() {
        decision.hashes = merged.map(\.hash)
        var columns = (0..<schema.visibleColumnCount).map { index in
            let column = sources.rows.columns[index]
            guard index == schema.versionColumn else {
                return column.gather(merged.map { $0.cells[index] })
            }
            return Column(type: column.type, values: .integers(merged.map(\.version)))
        }
        for definition in schema.columns[columns.count...] {
            columns.append(
                definition.id == ColumnDefinition.deleted.id ? marks : fieldVersions)
        }
        for index in merged.indices where merged[index].isDeleted {
            decision.tombstones.append(UInt32(truncatingIfNeeded: index))
        }
        decision.kept = RowBatch(rowCount: merged.count, columns: columns)
    }

    private var marks: Column {
        Column(type: .boolean, values: .booleans(merged.map { $0.isDeleted ? 1 : 0 }))
    }

    private var fieldVersions: Column {
        var offsets: [UInt32] = [0]
        var versions: [Int64] = []
        for row in merged {
            versions += row.fieldVersions
            offsets.append(UInt32(truncatingIfNeeded: versions.count))
        }
        return Column(
            type: .array(.bigint),
            values: .arrays(
                offsets: offsets, elements: Column(type: .bigint, values: .integers(versions))))
    }
}
