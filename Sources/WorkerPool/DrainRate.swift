/// How fast a pool works its queue off, as exponentially weighted means.
///
/// Time without work does not count: the mean is over the intervals between completions within
/// busy periods, so a quiet hour does not make the pool look slow.
struct DrainRate {
  /// The weight of a new sample: about the last fifteen jobs decide.
  static let weight = 1.0 / 8

  private var meanInterval: Double?
  private(set) var meanService: Double?
  private var lastEvent: UInt64 = 0

  /// Notes that the first job arrived after a time without any.
  mutating func becameBusy(at now: UInt64) { lastEvent = now }

  /// Notes that a job left the pool; `service` is the nanoseconds it ran, nil when it did not run.
  mutating func finished(at now: UInt64, service: UInt64?) {
    // Clock readings of two workers may arrive here out of order.
    let interval = Double(now > lastEvent ? now - lastEvent : 0)
    lastEvent = max(now, lastEvent)
    meanInterval = Self.blend(meanInterval, interval)
    if let service { meanService = Self.blend(meanService, Double(service)) }
  }

  /// Jobs per second, nil before the first completion.
  ///
  /// A stuck pool shows: time since the last completion counts once it exceeds the mean.
  func jobsPerSecond(at now: UInt64, isBusy: Bool) -> Double? {
    guard let meanInterval else { return nil }
    let waited = isBusy && now > lastEvent ? Double(now - lastEvent) : 0
    return 1e9 / max(meanInterval, waited, 1)
  }

  /// Whole seconds until `depth` jobs will have left, between 1 and 60.
  func retryAfterSeconds(depth: Int, at now: UInt64, isBusy: Bool) -> Int {
    guard let rate = jobsPerSecond(at: now, isBusy: isBusy) else { return 1 }
    return Int(min(max((Double(depth) / rate).rounded(.up), 1), 60))
  }

  private static func blend(_ mean: Double?, _ sample: Double) -> Double {
    guard let mean else { return sample }
    return mean + (sample - mean) * weight
  }
}
