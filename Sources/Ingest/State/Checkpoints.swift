import Segments
import Synchronization

/// The checkpoints of a data directory: finds the one to begin with, writes new ones, and says how
/// far the log may go.
///
/// The log begins with nothing known, or right behind a checkpoint. What was lost of both is a
/// reason not to start: a request that came before could not be recognised any more.
final class Checkpoints: Sendable {
    /// Positions of good checkpoints, ascending; the newest two.
    private struct Kept {
        var positions: [UInt64]
        /// Names of other checkpoints, damaged or older, which go with the next one.
        var others: Set<UInt64>
    }

    private static let keptCount = 2

    private let fileSystem: any FileSystem
    private let databaseID: UInt128
    private let kept: Mutex<Kept>

    /// What a start begins with.
    struct Start {
        var state = CommitState()
        /// The last position whose record is in the state.
        var lsn: UInt64 = 0
        /// Why newer checkpoints than this are passed over.
        var passedOver: [(path: String, reason: String)] = []
    }

    private init(
        _ fileSystem: any FileSystem, databaseID: UInt128, positions: [UInt64], others: Set<UInt64>
    ) {
        self.fileSystem = fileSystem
        self.databaseID = databaseID
        kept = Mutex(Kept(positions: positions, others: others))
    }

    /// Looks at what is there and changes nothing but to remove what was never finished.
    ///
    /// - Parameter needsLog: Whether the log must go on right behind the checkpoint; only a repair
    ///   goes on without.
    /// - Throws: `noCheckpoint` where the log begins behind the newest good one.
    static func load(
        _ fileSystem: any FileSystem, databaseID: UInt128, needsLog: Bool = true
    ) throws(LogError) -> (checkpoints: Checkpoints, start: Start) {
        var start = Start()
        var good: [CheckpointFile] = []
        var others: Set<UInt64> = []
        do throws(FileError) {
            for name in try fileSystem.list(LogFormat.directory)
            where CheckpointFile.isTemporary(name) {
                try fileSystem.remove(LogFormat.directory + "/" + name)
            }
            let positions = try fileSystem.list(LogFormat.directory)
                .compactMap { CheckpointFile.lsn(ofName: $0) }.sorted(by: >)
            for lsn in positions {
                guard good.count < keptCount else {
                    others.insert(lsn)
                    continue
                }
                switch try read(fileSystem, lsn, databaseID) {
                case .success(let file): good.append(file)
                case .failure(let error):
                    others.insert(lsn)
                    let path = CheckpointFile.path(of: lsn)
                    if good.isEmpty { start.passedOver.append((path, "\(error)")) }
                }
            }
        } catch {
            throw .fileSystem(error)
        }
        if let newest = good.first {
            start.state = newest.state
            start.lsn = newest.lsn
        }
        if needsLog { try checkLog(fileSystem, &start) }
        return (
            Checkpoints(
                fileSystem, databaseID: databaseID, positions: good.map(\.lsn).reversed(),
                others: others), start
        )
    }

    private static func read(
        _ fileSystem: any FileSystem, _ lsn: UInt64, _ databaseID: UInt128
    ) throws(FileError) -> Result<CheckpointFile, ByteError> {
        let opened = try fileSystem.open(CheckpointFile.path(of: lsn), for: .read)
        opened.forgetCached()
        let bytes = try opened.read(at: 0, count: try opened.byteCount())
        do throws(ByteError) {
            let file = try CheckpointFile(bytes)
            guard file.databaseID == databaseID, file.lsn == lsn else {
                throw .invalid("checkpoint: it is of another place", byteOffset: 16)
            }
            return .success(file)
        } catch {
            return .failure(error)
        }
    }

    /// The log must go on behind the checkpoint. A log that was begun before there were any needs
    /// none: nothing in it has a state.
    private static func checkLog(
        _ fileSystem: any FileSystem, _ start: inout Start
    ) throws(LogError) {
        guard let first = LogReader.firstHeader(fileSystem), first.startLSN > start.lsn + 1 else {
            return
        }
        guard first.hasState else {
            start.lsn = first.startLSN - 1
            return
        }
        throw .noCheckpoint(
            lsn: start.lsn, firstLSN: first.startLSN,
            damaged: start.passedOver.map { "\($0.path) (\($0.reason))" })
    }

    // MARK: Writing

    /// The log may be removed through here: the older one of two checkpoints has it all.
    var coveredLSN: UInt64 {
        kept.withLock { $0.positions.count < Self.keptCount ? 0 : $0.positions[0] }
    }

    /// The position of the newest checkpoint.
    var newestLSN: UInt64 { kept.withLock { $0.positions.last ?? 0 } }

    /// Writes a checkpoint, and removes those that are not needed any more.
    ///
    /// - Precondition: one caller at a time.
    func write(_ state: CommitState, lsn: UInt64) throws(FileError) {
        guard lsn > newestLSN else { return }
        let file = CheckpointFile(databaseID: databaseID, lsn: lsn, state: state)
        try fileSystem.durableReplace(CheckpointFile.path(of: lsn), with: file.encoded())
        let goners = kept.withLock { kept -> [UInt64] in
            kept.positions.append(lsn)
            kept.others.remove(lsn)
            while kept.positions.count > Self.keptCount {
                kept.others.insert(kept.positions.removeFirst())
            }
            return kept.others.sorted()
        }
        for goner in goners {
            let path = CheckpointFile.path(of: goner)
            if try fileSystem.byteCount(of: path) != nil { try fileSystem.remove(path) }
            kept.withLock { _ = $0.others.remove(goner) }
        }
    }
}
