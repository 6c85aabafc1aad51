import Segments

/// Copies the texts of a run out of a body.
enum TextCopies {
    /// Bytes of the texts of a run.
    static func byteCount(_ slots: Span<Slot>) -> Int {
        var total = 0
        for row in slots.indices where slots[row].isText { total &+= slots[row].range.count }
        return total
    }

    /// Appends the texts of a run, one behind the other, and where each ends.
    ///
    /// - Precondition: every slot is a text within `body`.
    static func append(
        _ slots: Span<Slot>, of body: Span<UInt8>, to bytes: inout [UInt8],
        offsets: inout [UInt32]
    ) {
        let added = byteCount(slots) + ByteCopies.slackByteCount
        let needed = bytes.count + added
        if needed > bytes.capacity { bytes.reserveCapacity(max(needed, 2 * bytes.capacity)) }
        var end = bytes.count
        bytes.append(addingCapacity: added) { added in
            // SAFETY: every copy is checked against both buffers; what is filled was written.
            unsafe added.withUnsafeMutableBufferPointer { target, filled in
                for row in slots.indices {
                    let range = slots[row].range
                    unsafe ByteCopies.copy(range, of: body, to: target, at: filled)
                    filled &+= range.count
                }
            }
        }
        offsets.append(addingCapacity: slots.count) { added in
            for row in slots.indices {
                end &+= slots[row].range.count
                added.append(UInt32(truncatingIfNeeded: end))
            }
        }
    }
}
