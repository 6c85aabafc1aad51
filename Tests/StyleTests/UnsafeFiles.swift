/// The only files in which the word `unsafe` may stand, each with its reason.
///
/// Strict memory safety is on, so every unsafe operation carries the word; a file that is not here
/// has none. Adding one is a decision: prefer `Span`, `RawSpan` and arrays.
enum UnsafeFiles {
    static let reasons: [String: String] = [
        "Sources/Ingest/Log/RawBytes.swift": "copies arrays of integers to bytes and back",
        "Sources/Ingest/Parsing/Words.swift": "loads eight bytes at a time from a span",
        "Sources/Segments/Bytes/Hashing.swift": "loads eight bytes at a time from a span",
        "Sources/Segments/Codecs/Lz4Codec.swift": "wraps liblz4",
        "Sources/Segments/Codecs/Lz4FrameDecoder.swift": "wraps liblz4",
        "Sources/Segments/Codecs/ZstdCodec.swift": "wraps libzstd",
        "Sources/Segments/Codecs/ZstdFrameDecoder.swift": "wraps libzstd",
        "Sources/Segments/Columns/StringVector.swift": "appends a span of bytes in one copy",
        "Sources/Segments/Encodings/BitPacking.swift": "appends packed words in one copy",
        "Sources/Segments/Encodings/BitSumming.swift": "loads packed words into wide registers",
        "Sources/Segments/Encodings/BitUnpacking.swift": "unpacks bits with wide registers",
        "Sources/Segments/Encodings/LittleEndian.swift": "copies integers to and from bytes",
        "Sources/Segments/Execution/EngineThread.swift": "starts a POSIX thread",
        "Sources/Segments/Execution/Monitor.swift": "wraps a POSIX mutex and condition",
        "Sources/Segments/Execution/SystemClock.swift": "asks the system's clocks",
        "Sources/Segments/Files/FileBytes.swift": "owns a mapping and lends it as a span",
        "Sources/Segments/Files/PosixFile.swift": "system calls on a descriptor",
        "Sources/Segments/Files/PosixFileSystem.swift": "system calls on names",
        "Sources/Segments/Format/VerifiedBlocks.swift": "owns a run of atomic words",
        "Sources/Server/CommandLine/InputFile.swift": "opens a file by its name",
        "Sources/Server/CommandLine/SignalWatch.swift": "blocks and awaits signals",
        "Sources/Server/CommandLine/Terminal.swift": "reads and writes the standard streams",
        "Sources/Server/Demo/ChildProcess.swift": "starts and awaits a process, takes signals",
        "Sources/Server/Demo/WorkDirectory.swift": "removes its directory",
        "Sources/Server/Generator/GeneratorOutput.swift": "opens a file by its name",
        "Sources/Server/Generator/LineWriter.swift": "stores eight bytes of text at a time",
        "Sources/Server/HTTP/GzipDecoder.swift": "wraps zlib",
        "Sources/Server/HTTP/MicrohttpdConnection.swift": "wraps libmicrohttpd",
        "Sources/Server/HTTP/MicrohttpdDaemon.swift": "wraps libmicrohttpd",
        "Sources/Server/HTTP/MicrohttpdResponse.swift": "wraps libmicrohttpd",
        "Sources/Server/HTTP/Socket.swift": "system calls on sockets",
        "Sources/Server/Observability/Log.swift": "writes a line to standard error",
        "Tests/SegmentsTests/Files/PosixFileSystemTests.swift": "asks for a file's mode",
        "Tests/ServerTests/HTTPRawSocket.swift": "system calls on sockets",
        "Tests/ServerTests/HTTPTestServer.swift": "starts a POSIX thread",
        "Tests/Support/TemporaryDirectory.swift": "removes its directory",
    ]
}
