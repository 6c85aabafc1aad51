import Segments

/// Keeps id runs up with what is published, in the thread that seals: nothing here is waited for by
/// a request, and nothing depends on it but speed.
struct IDIndexUpkeep {
    let catalog: Catalog
    let onEvent: @Sendable (IngestEvent) -> Void

    // MARK: After a seal

    /// The index with the rows of a seal that has just been published; `nil` where it stays as it
    /// is, for a table without ids or because something could not be read or written.
    ///
    /// Segments that came otherwise, and such as no run was made of before, are read.
    func extended(
        _ index: IDIndex, by frozen: CommitCore.Frozen, published: [SegmentEntry]
    ) -> IDIndex? {
        guard let column = frozen.schema.uniqueColumns.first,
            let table = catalog.snapshot.table(frozen.schema.id),
            frozen.flushLSN > index.coveredLSN
        else { return nil }
        var ids = IDCollection(
            databaseID: catalog.databaseID, tableID: frozen.schema.id,
            afterLSN: index.coveredLSN, throughLSN: frozen.flushLSN)
        var bounds = KeyBounds.none
        for batch in frozen.batches {
            bounds.add(KeyBounds(of: KeyProbe.prefixes(of: batch.rows.columns[column])))
        }
        for table in frozen.ids { ids.add(table.hashes, within: bounds) }
        let own = Set(published.map(\.id))
        let others = table.segments.filter { handle in
            handle.entry.lastLSN > index.coveredLSN && handle.entry.lastLSN <= frozen.flushLSN
                && !own.contains(handle.entry.id)
        }
        guard let run = run(of: &ids, others, table.schema) else { return nil }
        var extended = index
        extended.append(run)
        return extended
    }

    /// Collects the ids of segments, too, and makes the run; `nil` and an event where that fails.
    private func run(
        of ids: inout IDCollection, _ segments: [SegmentHandle], _ schema: TableSchema,
        progress: (Int) -> Void = { _ in }
    ) -> IDRun? {
        guard let column = schema.uniqueColumns.first else { return nil }
        do throws(SegmentError) {
            for (number, handle) in segments.enumerated() {
                progress(number)
                try ids.add(try handle.reader(), schema.columns[column])
            }
        } catch {
            onEvent(.idRunNotMade(table: schema.name, reason: error.description))
            return nil
        }
        do throws(IDRunError) { return try ids.finish(catalog.fileSystem) } catch {
            onEvent(.idRunNotMade(table: schema.name, reason: error.description))
            return nil
        }
    }

    /// What is to be done on disk: the index afterwards, and the files that it does not need.
    struct Tidied {
        let index: IDIndex
        let obsolete: Set<String>
    }

    /// Writes and merges runs as the policy says; `nil` where there is nothing to do or it fails.
    func tidied(_ index: IDIndex, _ table: TableSnapshot) -> Tidied? {
        let rowCount = table.segments.reduce(0) { $0 + $1.entry.rowCount }
        if index.isMostlyGone(rowCount: rowCount), let fresh = rebuilt(IDIndex(), table) {
            return Tidied(
                index: fresh, obsolete: Self.paths(of: index).subtracting(Self.paths(of: fresh)))
        }
        guard let range = index.due() else { return nil }
        do throws(IDRunError) {
            let runs = Array(index.runs[range])
            let run = try IDRun.write(runs, to: Self.path(of: runs), catalog.fileSystem)
            var tidied = index
            tidied.replace(range, with: run)
            return Tidied(
                index: tidied, obsolete: Self.paths(of: index).subtracting(Self.paths(of: tidied)))
        } catch {
            onEvent(.idRunNotMade(table: table.schema.name, reason: error.description))
            return nil
        }
    }

    private static func path(of runs: [IDRun]) -> String {
        var facts = runs[0].facts
        facts.throughLSN = runs[runs.count - 1].facts.throughLSN
        return IDRunFiles.path(of: facts)
    }

    private static func paths(of index: IDIndex) -> Set<String> {
        Set(index.runs.compactMap(\.path))
    }

    /// Removes files; one that stays is swept at the next start.
    func remove(_ paths: some Sequence<String>) {
        for path in paths {
            do throws(FileError) {
                if try catalog.fileSystem.byteCount(of: path) != nil {
                    try catalog.fileSystem.remove(path)
                }
            } catch {
                onEvent(.notRemoved(error))
            }
        }
    }

    /// Removes the files of a table that is gone.
    func removeFiles(of table: TableID) {
        remove(names().filter { $0.name.tableID == table }.map(\.path))
    }

    // MARK: At a start

    /// Finds the runs of all tables, makes what is missing, and removes what nobody needs.
    func load() -> [TableID: IDIndex] {
        var indexes: [TableID: IDIndex] = [:]
        let files = names()
        for table in catalog.snapshot.tables where !table.schema.uniqueColumns.isEmpty {
            var index = found(of: table, files)
            if table.segments.contains(where: { $0.entry.lastLSN > index.coveredLSN }) {
                index = rebuilt(index, table) ?? index
            }
            indexes[table.schema.id] = index
        }
        let needed = indexes.values.reduce(into: Set<String>()) { $0.formUnion(Self.paths(of: $1)) }
        remove(files.map(\.path).filter { !needed.contains($0) }.sorted())
        return indexes
    }

    private func names() -> [(path: String, name: IDRunFiles.Name)] {
        do throws(FileError) {
            return try catalog.fileSystem.list(IDRunFiles.directory).compactMap { file in
                IDRunFiles.name(file).map { (IDRunFiles.directory + "/" + file, $0) }
            }
        } catch {
            onEvent(.idRunUnusable(path: IDRunFiles.directory, reason: error.description))
            return []
        }
    }

    /// The runs that follow each other from the first position on. A run that reaches farther than
    /// the table's segments is of another history.
    private func found(
        of table: TableSnapshot, _ files: [(path: String, name: IDRunFiles.Name)]
    ) -> IDIndex {
        var index = IDIndex()
        var left = files.filter { file in
            file.name.tableID == table.schema.id && !file.name.isTemporary
                && file.name.throughLSN <= table.flushedLSN
        }
        while true {
            let next = left.indices.filter { position in
                left[position].name.afterLSN == index.coveredLSN
                    && left[position].name.throughLSN > index.coveredLSN
            }.max { left[$0].name.throughLSN < left[$1].name.throughLSN }
            guard let next else { return index }
            let file = left.remove(at: next)
            do throws(IDRunError) {
                index.append(try opened(file.path, file.name))
            } catch {
                onEvent(.idRunUnusable(path: file.path, reason: error.description))
            }
        }
    }

    private func opened(_ path: String, _ name: IDRunFiles.Name) throws(IDRunError) -> IDRun {
        let run = try IDRun(opening: path, catalog.fileSystem)
        guard run.facts.databaseID == catalog.databaseID, run.facts.tableID == name.tableID,
            run.facts.afterLSN == name.afterLSN, run.facts.throughLSN == name.throughLSN
        else { throw .foreign(path: path, what: "its header says so") }
        return run
    }

    /// The index with a run, on disk, of all segments that it does not cover.
    private func rebuilt(_ index: IDIndex, _ table: TableSnapshot) -> IDIndex? {
        let segments = table.segments.filter { $0.entry.lastLSN > index.coveredLSN }
        guard table.flushedLSN > index.coveredLSN else { return nil }
        var ids = IDCollection(
            databaseID: catalog.databaseID, tableID: table.schema.id,
            afterLSN: index.coveredLSN, throughLSN: table.flushedLSN)
        let run = run(of: &ids, segments, table.schema) { number in
            onEvent(
                .makingIDRun(
                    table: table.schema.name, segments: number, of: segments.count))
        }
        guard let run else { return nil }
        var rebuilt = index
        rebuilt.append(run)
        guard run.path == nil else { return rebuilt }
        do throws(IDRunError) {
            let written = try IDRun.write(
                [run], to: IDRunFiles.path(of: run.facts), catalog.fileSystem)
            rebuilt.replace(rebuilt.runs.count - 1..<rebuilt.runs.count, with: written)
        } catch {
            onEvent(.idRunNotMade(table: table.schema.name, reason: error.description))
        }
        return rebuilt
    }
}
