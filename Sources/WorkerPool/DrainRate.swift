/// How fast a pool works its queue off, as exponentially weighted means.
///
/// Time without work does not count: the mean is over the intervals between completions within
/// busy periods, so a quiet hour does not make the pool look slow.
struct DrainRate {
  /// The weight of a new sample: about the last fifteen jobs decide.
  static let weight = 1.0 / 8
  /// The weight where a few light jobs must not hide that others are heavy.
  static let steadyWeight = 1.0 / 64

  private var meanInterval: Double?
  private(set) var meanService: Double?
  private var steadyService: Double?
  private var lastEvent: UInt64 = 0

  /// Notes that the first job arrived after a time without any.
  mutating func becameBusy(at now: UInt64) { lastEvent = now }

  /// Notes that a job left the pool; `service` is the nanoseconds it ran, nil when it did not run.
  mutating func finished(at now: UInt64, service: UInt64?) {
    // Clock readings of two workers may arrive here out of order.
    let interval = Double(now > lastEvent ? now - lastEvent : 0)
    lastEvent = max(now, lastEvent)
    meanInterval = Self.blend(meanInterval, interval)
    guard let service else { return }
    meanService = Self.blend(meanService, Double(service))
    steadyService = Self.blend(steadyService, Double(service), weight: Self.steadyWeight)
  }

  /// Jobs per second, nil before the first completion.
  ///
  /// A stuck pool shows: time since the last completion counts once it exceeds the mean.
  func jobsPerSecond(at now: UInt64, isBusy: Bool) -> Double? {
    guard let meanInterval else { return nil }
    let waited = isBusy && now > lastEvent ? Double(now - lastEvent) : 0
    return 1e9 / max(meanInterval, waited, 1)
  }

  /// How long the next jobs may be expected to run, in nanoseconds: rather too long than too short.
  ///
  /// It follows heavier jobs at once and lighter ones slowly; nil before the first one has run.
  var expectedService: Double? { meanService.map { max($0, steadyService ?? $0) } }

  /// For how long no job has left, in nanoseconds, while there was one.
  func stall(at now: UInt64, isBusy: Bool) -> UInt64 {
    isBusy && now > lastEvent ? now - lastEvent : 0
  }

  /// Whole seconds until `depth` jobs will have left, between 1 and 60.
  func retryAfterSeconds(depth: Int, at now: UInt64, isBusy: Bool) -> Int {
    guard let rate = jobsPerSecond(at: now, isBusy: isBusy) else { return 1 }
    return Int(min(max((Double(depth) / rate).rounded(.up), 1), 60))
  }

  private static func blend(
    _ mean: Double?, _ sample: Double, weight: Double = weight
  ) -> Double {
    guard let mean else { return sample }
    return mean + (sample - mean) * weight
  }
}
