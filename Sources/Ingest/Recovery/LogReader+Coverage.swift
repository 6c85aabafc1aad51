import Segments

/// Whether the log can make up for a lost manifest.
extension LogReader {
    /// Whether the log has everything since `manifest`: every position that it is not flushed to,
    /// and no change of tables, which is in manifests only.
    ///
    /// In doubt it has not. The position of a table's creation counts as a change until the table
    /// is flushed past it, since it looks like that of its drop; that of a rollup's, a view's or an
    /// endpoint's always does.
    ///
    /// - Complexity: O(bytes of the log).
    static func covers(_ manifest: Manifest, _ fileSystem: any FileSystem) -> Bool {
        var flushed: [TableID: UInt64] = [:]
        var versions: [TableID: UInt32] = [:]
        for table in manifest.tables {
            flushed[table.schema.id] = table.flushedLSN
            versions[table.schema.id] = table.schema.version
        }
        let flushedLSN = flushed.values.min() ?? 0
        guard let first = firstHeader(fileSystem)?.startLSN, first <= flushedLSN &+ 1 else {
            return false
        }
        let reader = LogReader(
            fileSystem: fileSystem, databaseID: manifest.databaseID, flushedLSN: flushedLSN,
            provenLSN: flushed.values.max() ?? 0)
        var hasChange = false
        do throws(LogError) {
            _ = try reader.read { record throws(LogError) in
                switch try LogPayload.read(record) {
                case .events(let events):
                    for part in events.parts {
                        let isNew = part.tableID.rawValue >= manifest.nextTableID
                        let isOfChange =
                            flushed[part.tableID].map { record.lsn > $0 } ?? false
                            && versions[part.tableID] != part.schemaVersion
                        hasChange = hasChange || isNew || isOfChange
                    }
                case .marker(let table):
                    let isNew = table.rawValue >= manifest.nextTableID
                    let isOther =
                        manifest.rollups.contains { $0.id == table }
                        || manifest.views.contains { $0.id == table }
                        || manifest.endpoints.contains { $0.id == table }
                    hasChange =
                        hasChange || isNew || isOther
                        || flushed[table].map { record.lsn > $0 } ?? false
                case nil: break
                }
            }
        } catch {
            return false
        }
        return !hasChange
    }
}
