import Synchronization

/// Numbered tasks of one query, run on all of its workers, each of which gives a value.
final class ParallelTasks<Output: Sendable>: Sendable {
    private let count: Int
    private let context: QueryContext
    private let task: @Sendable (Int) throws(QueryError) -> Output
    private let outputs: Mutex<[Output?]>
    private let cursor = Atomic<Int>(0)
    private let failure = Mutex<QueryError?>(nil)

    private init(
        _ count: Int, _ context: QueryContext,
        _ task: @escaping @Sendable (Int) throws(QueryError) -> Output
    ) {
        self.count = count
        self.context = context
        self.task = task
        outputs = Mutex(Array(repeating: nil, count: count))
    }

    /// Runs `task` with every number below `count`, in any order and several at one time.
    ///
    /// - Returns: what the tasks gave, by number.
    /// - Throws: the first error of a task, or where the query must not go on.
    static func run(
        _ count: Int, _ context: QueryContext,
        _ task: @escaping @Sendable (Int) throws(QueryError) -> Output
    ) throws(QueryError) -> [Output] {
        let tasks = ParallelTasks(count, context, task)
        let slots = max(1, min(count, context.workers.helperCount + 1))
        context.workers.run(slotCount: slots) { _ in tasks.step() }
        if let error = tasks.failure.withLock({ $0 }) { throw error }
        return tasks.outputs.withLock { $0.compactMap { $0 } }
    }

    private func step() -> Bool {
        let number = cursor.add(1, ordering: .relaxed).oldValue
        guard number < count else { return false }
        do {
            try context.check()
            let output = try task(number)
            outputs.withLock { $0[number] = output }
            return true
        } catch {
            failure.withLock { if $0 == nil { $0 = error } }
            cursor.store(count, ordering: .relaxed)
            return false
        }
    }
}
