import Glibc
import Segments
import TestSupport
import Testing

@Suite("The simulated file system")
struct SimulatedFileSystemTests {
    private func file(_ fileSystem: SimulatedFileSystem, _ bytes: [UInt8]) throws -> any File {
        let file = try fileSystem.open("a", for: .create)
        try file.write(bytes.span, at: 0)
        return file
    }

    @Test("A power cut keeps synced bytes only under a synced name")
    func losesUnsynced() throws {
        let disk = SimulatedFileSystem()
        let file = try file(disk, [1, 2])
        try file.sync()
        #expect(disk.afterPowerCut(.loseUnsynced).contents(of: "a") == nil)
        try disk.sync(directory: "")
        try file.write([3, 4, 5].span, at: 1)
        #expect(disk.afterPowerCut(.loseUnsynced).contents(of: "a") == [1, 2])
        #expect(disk.afterPowerCut(.keepAll).contents(of: "a") == [1, 3, 4, 5])
        #expect(disk.afterKill().contents(of: "a") == [1, 3, 4, 5])
        #expect(disk.afterKill().afterPowerCut(.loseUnsynced).contents(of: "a") == [1, 2])
    }

    @Test("A failed sync shows bytes to readers that the disk will never have")
    func fsyncgate() throws {
        let disk = SimulatedFileSystem()
        let file = try file(disk, [1])
        try disk.sync(directory: "")
        disk.inject(SimulatedFault(.matching(.sync, pathPrefix: "a", occurrence: 1), .fail(EIO)))
        #expect(throws: FileError.self) { try file.sync() }
        try file.sync()
        #expect(disk.contents(of: "a") == [1])
        #expect(disk.afterPowerCut(.keepAll).contents(of: "a") == [])
        #expect(disk.syncsAfterFailure.count == 1)
    }

    @Test("A stopped process makes no further call")
    func stops() throws {
        let disk = SimulatedFileSystem()
        disk.inject(SimulatedFault(.call(2), .stop))
        let file = try disk.open("a", for: .create)
        #expect(throws: FileError.self) { try file.write([1].span, at: 0) }
        disk.clearFaults()
        #expect(throws: FileError.self) { try disk.sync(directory: "") }
        #expect(disk.contents(of: "a") == [])
        #expect(try disk.afterKill().list("") == ["a"])
    }

    @Test("A short write leaves a prefix; a lying call does what it denies")
    func spoils() throws {
        let disk = SimulatedFileSystem()
        let file = try file(disk, [])
        disk.inject(SimulatedFault(.call(3), .shortWrite(keeping: 2, ENOSPC)))
        disk.inject(SimulatedFault(.call(4), .doneButFails(EIO)))
        #expect(throws: FileError.self) { try file.write([1, 2, 3].span, at: 0) }
        #expect(throws: FileError.self) { try disk.rename("a", to: "b") }
        #expect(disk.contents(of: "a") == nil)
        #expect(disk.contents(of: "b") == [1, 2])
    }

    @Test("A file moved across directories is never lost, whatever is kept")
    func movesAcross() throws {
        let disk = SimulatedFileSystem()
        try disk.createDirectory("d")
        let file = try file(disk, [1])
        try file.sync()
        try disk.sync(directory: "")
        try disk.rename("a", to: "d/b")
        for state in disk.crashStates(seed: 7, limit: 40) {
            #expect(state.contents(of: "a") == [1] || state.contents(of: "d/b") == [1])
        }
        try disk.sync(directory: "")
        #expect(disk.afterPowerCut(.loseUnsynced).contents(of: "d/b") == [1])
    }

    @Test("Random power cuts tear at sectors, keep synced sectors and repeat from their seed")
    func tears() throws {
        let disk = SimulatedFileSystem()
        let file = try file(disk, [UInt8](repeating: 1, count: 4096))
        try file.sync()
        try disk.sync(directory: "")
        try file.write([UInt8](repeating: 2, count: 2048).span, at: 1024)
        var outcomes: Set<[UInt8]> = []
        for seed: UInt64 in 0..<64 {
            let bytes = try #require(disk.afterPowerCut(.random(seed: seed)).contents(of: "a"))
            #expect(bytes == disk.afterPowerCut(.random(seed: seed)).contents(of: "a"))
            #expect(bytes.count == 4096)
            #expect(bytes[..<1024].allSatisfy { $0 == 1 } && bytes[3072...].allSatisfy { $0 == 1 })
            outcomes.insert(bytes)
        }
        #expect(outcomes.count > 10)
        #expect(outcomes.contains([UInt8](repeating: 1, count: 4096)) || outcomes.count > 30)
    }

    @Test("Prefixes of what is pending are kept in order")
    func prefixes() throws {
        let disk = SimulatedFileSystem()
        let file = try file(disk, [1])
        try file.write([2].span, at: 1)
        try disk.sync(directory: "")
        #expect(disk.afterPowerCut(.prefix(0)).contents(of: "a") == [])
        #expect(disk.afterPowerCut(.prefix(1)).contents(of: "a") == [1])
        #expect(disk.afterPowerCut(.prefix(2)).contents(of: "a") == [1, 2])
    }
}
