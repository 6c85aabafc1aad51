import Segments

/// Fills an array from several threads, each of which writes ranges of its own.
enum ParallelFill {
    /// The memory of an array that tasks fill.
    @safe private struct Target<Element: BitwiseCopyable>: @unchecked Sendable {
        // SAFETY: tasks write disjoint ranges, as `array` checks, and nobody reads before all of
        // them are done.
        let elements: UnsafeMutableBufferPointer<Element>
    }

    /// An array of `count` elements, of which task `t` writes those in `ranges[t]`.
    ///
    /// - Parameters:
    ///   - ranges: Ascending, without overlap; they cover all elements.
    ///   - zero: What elements hold before their task writes them.
    ///   - body: Fills the elements of a range; an index of the span counts from its first.
    /// - Returns: the elements, and what the tasks gave.
    static func array<Element: BitwiseCopyable & Sendable, Output: Sendable>(
        _ ranges: [Range<Int>], _ zero: Element, _ context: QueryContext,
        _ body: @escaping @Sendable (Int, inout MutableSpan<Element>) throws(QueryError) -> Output
    ) throws(QueryError) -> (elements: [Element], outputs: [Output]) {
        var end = 0
        for range in ranges {
            precondition(range.lowerBound == end, "tasks would write the same elements")
            end = range.upperBound
        }
        let count = end
        var outputs: Result<[Output], QueryError> = .success([])
        // SAFETY: all elements are initialised by the tasks, or none counts.
        let elements = unsafe [Element](unsafeUninitializedCapacity: count) { buffer, filled in
            // SAFETY: of the buffer's capacity, `count` elements are used.
            let target = unsafe Target(
                elements: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
            do throws(QueryError) {
                let results = try ParallelTasks.run(ranges.count, context) {
                    (task) throws(QueryError) -> Output in
                    // SAFETY: the range lies within the buffer, and no other task has part of it.
                    let part = unsafe UnsafeMutableBufferPointer(
                        rebasing: target.elements[ranges[task]])
                    unsafe part.initialize(repeating: zero)
                    var span = unsafe part.mutableSpan
                    return try body(task, &span)
                }
                outputs = .success(results)
                filled = count
            } catch {
                outputs = .failure(error)
                filled = 0
            }
        }
        return (elements, try outputs.get())
    }
}
