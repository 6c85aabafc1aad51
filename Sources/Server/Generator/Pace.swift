/// When entities begin: an endless, rising row of times along the shop's day, week and sale days.
///
/// Entity k begins where the weight passed since the first day reaches (k + u) / entitiesPerWeight,
/// with u random in [0, 1): evenly spread along the curve, and never out of order.
struct Pace {
    /// Weight of each hour of a Korean day: quiet at four, busy at noon, busiest at nine at night.
    private static let hours = [
        0.55, 0.35, 0.22, 0.15, 0.13, 0.18, 0.32, 0.55, 0.85, 1.05, 1.2, 1.35, 1.4, 1.25, 1.15, 1.1,
        1.1, 1.15, 1.2, 1.3, 1.5, 1.6, 1.35, 0.9,
    ]
    /// Monday to Sunday.
    private static let weekdays = [1.05, 1.0, 0.98, 0.97, 1.02, 1.12, 1.18]
    /// The 11th is sale day, the 25th pay day.
    private static let busyDays = [11, 25]
    private static let busyDayWeight = 1.6

    private let seed: UInt64
    private let entitiesPerWeight: Double
    /// Days since 1970 of the first day.
    private let firstDay: Int
    private var hour = 0
    private var dayWeight: Double
    private var weightBefore = 0.0

    /// The number of the next entity.
    private(set) var entity: UInt64 = 0

    init(seed: UInt64, base: CivilDate, entitiesPerWeight: Double) {
        precondition(entitiesPerWeight > 0)
        self.seed = seed
        self.entitiesPerWeight = entitiesPerWeight
        firstDay = base.daysSince1970
        dayWeight = Self.weight(ofDay: firstDay)
    }

    /// The weight of a whole run.
    static func weight(days: Int, from base: CivilDate) -> Double {
        let first = base.daysSince1970
        let day = hours.reduce(0, +)
        return (first..<(first + days)).reduce(0) { $0 + weight(ofDay: $1) * day }
    }

    /// When the next entity begins, in milliseconds since 1970, UTC; rises from call to call.
    mutating func nextStart() -> Int64 {
        var random = RandomStream(seed: seed, .start, entity)
        let target = (Double(entity) + random.unit()) / entitiesPerWeight
        entity += 1
        var weight = hourWeight
        while target >= weightBefore + weight {
            weightBefore += weight
            hour += 1
            if hour % 24 == 0 { dayWeight = Self.weight(ofDay: firstDay + hour / 24) }
            weight = hourWeight
        }
        let part = Int64((target - weightBefore) / weight * Double(Milliseconds.hour))
        return Int64(firstDay) * Milliseconds.day - Milliseconds.korea
            + Int64(hour) * Milliseconds.hour + min(part, Milliseconds.hour - 1)
    }

    private var hourWeight: Double { Self.hours[hour % 24] * dayWeight }

    private static func weight(ofDay day: Int) -> Double {
        // 1970-01-01 was a Thursday, the fourth day from Monday.
        let busy = busyDays.contains(CivilDate(daysSince1970: day).day) ? busyDayWeight : 1
        return weekdays[(day + 3) % 7] * busy
    }
}
