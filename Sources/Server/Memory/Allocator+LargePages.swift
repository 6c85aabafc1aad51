import Glibc

extension Allocator {
    private static let tunables = "GLIBC_TUNABLES"
    private static let largePages = "glibc.malloc.hugetlb=1"

    /// Starts the server's program again, once, so that the allocator asks for large pages.
    ///
    /// glibc reads this wish from the environment alone, before `main`. Where fresh memory comes
    /// from a hypervisor, a page of 4 KiB costs some ten microseconds, one of 2 MiB hardly more;
    /// and large tables miss the translation cache less. What the environment says already is left
    /// alone. Where the start fails, or glibc does not know the wish, everything works, slower.
    public static func restartWithLargePages() {
        guard CommandLine.arguments.dropFirst().first == "serve" else { return }
        // SAFETY: no other thread runs yet; the strings live for the calls, and `execv` takes the
        // process's own arguments, which end with a null pointer. What `realpath` allocates goes
        // with the old program.
        guard unsafe getenv(tunables) == nil, let program = unsafe realpath("/proc/self/exe", nil),
            unsafe setenv(tunables, largePages, 0) == 0
        else { return }
        _ = unsafe execv(program, CommandLine.unsafeArgv)
    }
}
