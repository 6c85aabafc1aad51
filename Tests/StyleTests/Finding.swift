/// One place that breaks a rule, and the way out.
struct Finding: Equatable, CustomStringConvertible {
    /// Path from the root of the project.
    var path: String
    /// Counted from 1.
    var line: Int
    /// What is wrong there.
    var problem: String
    /// What to do about it.
    var wayOut: String

    var description: String { "\(path):\(line): \(problem). \(wayOut)." }
}
