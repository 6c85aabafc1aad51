import Segments

/// Calendar arithmetic on the clock of a zone.
extension TimeKernels {
    /// A step, and the times around the one it was asked for that are known to be in it.
    struct Step {
        /// Where the step begins.
        var start: Int64
        /// From here on, up to `end`, every time is in the step; not before `start`.
        var from: Int64
        var end: Int64
    }

    /// The step of a zone's clock that holds a time; `nil` where it is not representable.
    ///
    /// Steps of whole days begin when the clock first shows their beginning. Shorter ones are
    /// counted on the clock, too, and where it is put back each hour of it is one of its own.
    static func step(of time: Int64, _ step: TimeStep, in zone: TimeZone) -> Step? {
        let stretch = zone.stretch(at: time)
        let local = time.addingReportingOverflow(stretch.offset)
        guard !local.overflow, let shown = bounds(of: local.partialValue, step.onItsClock) else {
            return nil
        }
        let near = shown.start.subtractingReportingOverflow(stretch.offset)
        guard !near.overflow else { return nil }
        let end = shown.end.subtractingReportingOverflow(stretch.offset)
        // Within a day of the last transition the clock may have shown the time before.
        let settled = step.isWholeDays ? CivilTime.microsecondsPerDay : 0
        let since = near.partialValue.subtractingReportingOverflow(stretch.start)
        let isSettled =
            since.partialValue >= settled && !since.overflow || stretch.start == .min
        guard
            let start = isSettled
                ? near.partialValue : self.start(of: shown.start, step, before: stretch, in: zone)
        else { return nil }
        return Step(
            start: start, from: max(start, max(near.partialValue, stretch.start)),
            end: min(end.overflow ? .max : end.partialValue, stretch.end))
    }

    /// Where a step begins that the clock began to show before it was changed at the start of
    /// `stretch`; short ones begin with the change if they do not reach back to it.
    private static func start(
        of shown: Int64, _ step: TimeStep, before stretch: TimeZone.Stretch, in zone: TimeZone
    ) -> Int64? {
        if !step.isWholeDays {
            let last = zone.local(stretch.start - 1)
            let before = last.flatMap { bounds(of: $0, step.onItsClock)?.start }
            if before != shown { return stretch.start }
        }
        return zone.start(ofLocal: shown)
    }

    /// The first beginning of a step at or after a time; `nil` on overflow.
    static func ceiling(_ time: Int64, _ step: TimeStep, in zone: TimeZone) -> Int64? {
        guard let own = self.step(of: time, step, in: zone) else { return nil }
        if own.start == time { return time }
        // The step after this one begins here, or when the clock shows its beginning.
        guard let next = self.step(of: own.end, step, in: zone) else { return nil }
        if next.start == own.end { return own.end }
        guard let local = zone.local(time), let shown = bounds(of: local, step.onItsClock),
            shown.end < .max
        else { return nil }
        return zone.start(ofLocal: shown.end)
    }

    /// `time` moved by `count` steps. Days and longer are moved on the clock; a time that it leaves
    /// out comes out later.
    static func shift(
        _ time: Int64, _ step: TimeStep, by count: Int64, in zone: TimeZone
    ) -> Int64? {
        guard step.isCivil else { return shift(time, step.onItsClock, by: count) }
        let offset = zone.offset(at: time)
        let local = time.addingReportingOverflow(offset)
        guard !local.overflow,
            let moved = shift(local.partialValue, step.onItsClock, by: count)
        else { return nil }
        return zone.instant(ofLocal: moved, preferring: offset)
    }

    /// What the clock shows at each time; `nil` where a valid row's is not representable.
    static func local(
        _ times: Span<Int64>, in zone: TimeZone, validity: Bitmap?
    ) -> [Int64]? {
        var result = [Int64](repeating: 0, count: times.count)
        var output = result.mutableSpan
        var stretch = zone.stretch(at: 0)
        var isBeyond = false
        for row in 0..<times.count {
            let time = times[row]
            if time < stretch.start || time >= stretch.end { stretch = zone.stretch(at: time) }
            let local = time.addingReportingOverflow(stretch.offset)
            output[row] = local.partialValue
            if local.overflow, validity.map({ $0[row] }) ?? true { isBeyond = true }
        }
        return isBeyond ? nil : result
    }
}

extension TimeStep {
    /// The same step, counted on a clock that is never changed.
    var onItsClock: TimeStep {
        var step = self
        step.zone = nil
        step.isCivil = false
        return step
    }

    /// Whether every step begins with a day.
    var isWholeDays: Bool {
        months > 0
            || (microseconds % CivilTime.microsecondsPerDay == 0
                && origin % CivilTime.microsecondsPerDay == 0)
    }
}
