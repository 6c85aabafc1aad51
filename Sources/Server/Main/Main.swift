import Glibc
import Server

/// Where the program starts.
@main
struct Daybook {
    static func main() {
        Allocator.restartWithLargePages()
        exit(Program.run(Array(CommandLine.arguments.dropFirst())))
    }
}
