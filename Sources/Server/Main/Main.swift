/// Where the program starts.
@main
struct Daybook {
    static func main() {}
}
