import Segments

extension CommitCore {
    /// What a request leaves of dead letters, in its facts and as rows: new ones for what was
    /// refused of it, or, where it tries letters again, which of them are closed by now.
    ///
    /// - Parameter position: How many records of the group are before its own.
    /// - Throws: `overloaded` where so many more may not wait.
    func letters(
        of request: CommitRequest, refused: [Rejection], position: Int,
        _ facts: inout RequestFacts
    ) throws(IngestError) -> RowBatch? {
        facts.note(request.letters, refused: refused)
        guard let new = facts.newLetters else { return nil }
        guard state.letters.count + new.count <= limits.letterCount else {
            throw .overloaded(what: "dead letters", limit: limits.letterCount)
        }
        guard state.letters.byteCount + new.byteCount <= limits.letterByteCount else {
            throw .overloaded(what: "bytes of dead letters", limit: limits.letterByteCount)
        }
        return RejectsTable.rows(
            refused, of: request, lsn: log.lastLSN + UInt64(position) + 1,
            time: clock.wallMicroseconds())
    }
}
