/// How much a compressed body may become, so that a small one cannot fill the memory.
///
/// Law: after every step, `output ≤ maximumByteCount`, and
/// `output ≤ ratioFreeByteCount` or `output ≤ maximumRatio · input`.
public struct DecodedSizeLimit: Equatable, Sendable {
    /// The most bytes a body may decode to.
    public var maximumByteCount: Int
    /// The most output bytes per input byte, once `ratioFreeByteCount` has been passed.
    public var maximumRatio: Int
    /// Output bytes to which the ratio does not apply: small and very repetitive is harmless.
    public var ratioFreeByteCount: Int

    /// 64 MiB, 50 to 1 above 1 MiB.
    public static let requestBody = DecodedSizeLimit(
        maximumByteCount: 64 << 20, maximumRatio: 50, ratioFreeByteCount: 1 << 20)

    /// A limit of `maximumByteCount` bytes and `maximumRatio` to one above `ratioFreeByteCount`.
    public init(maximumByteCount: Int, maximumRatio: Int, ratioFreeByteCount: Int) {
        precondition(maximumByteCount >= 0 && maximumRatio >= 1 && ratioFreeByteCount >= 0)
        self.maximumByteCount = maximumByteCount
        self.maximumRatio = maximumRatio
        self.ratioFreeByteCount = ratioFreeByteCount
    }

    /// The most bytes an input of `inputByteCount` may decode to.
    public func ceiling(inputByteCount: Int) -> Int {
        let (scaled, overflow) = inputByteCount.multipliedReportingOverflow(by: maximumRatio)
        let byRatio = max(ratioFreeByteCount, overflow ? Int.max : scaled)
        return min(maximumByteCount, byRatio)
    }
}

/// Why a compressed body could not be decoded.
public enum FrameDecodingError: Error, Equatable, Sendable {
    /// The input ends inside a frame, or holds none.
    case truncated(inputByteCount: Int)
    /// The library refused the bytes; `reason` is its own word for it.
    case malformed(reason: String)
    /// The output passed `limit` bytes, the ceiling of `DecodedSizeLimit` for this input.
    case tooLarge(limit: Int)
    /// The library could not get memory for its state.
    case outOfMemory
}

/// Bytes a frame decoder produces per step.
let frameDecodingStepByteCount = 128 << 10
