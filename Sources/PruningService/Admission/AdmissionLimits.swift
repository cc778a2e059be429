/// What all admitted requests together may hold, and how it is divided.
struct AdmissionLimits: Sendable {
  /// Bytes of bodies and of answers that are on their way.
  var bytes: Int
  /// Bytes that were announced and have not come.
  var awaitedBytes: Int
  /// Requests that wait or run.
  var requests: Int
  /// What one client may hold of each.
  var share: ClientShare
  /// A body that falls behind this pace gives way when another request needs its room.
  var bytesPerSecond: Int

  /// A body's first bytes, which nobody needs to wait for.
  static let exemptBytes = 64 << 10
  /// How long a body may pause without falling behind, in nanoseconds.
  static let patience: UInt64 = 1_000_000_000

  /// How long a body may pause and still count as one that will soon want a worker, in nanoseconds.
  static let pause: UInt64 = 100_000_000

  /// When a body that began to arrive at `start` is behind, if only `count` bytes are here.
  func laggardAt(start: UInt64, count: Int, patience: UInt64 = patience) -> UInt64 {
    let nanoseconds = UInt64(count).multipliedFullWidth(by: 1_000_000_000)
    let pace = UInt64(max(bytesPerSecond, 1))
    // Beyond 64 bits it would be behind in centuries.
    guard nanoseconds.high < pace else { return .max }
    return start &+ patience &+ pace.dividingFullWidth(nanoseconds).quotient
  }

  /// The claims whose bodies are behind, those first that are so for the longest time.
  func laggards(among claims: [AdmissionClaim], at now: UInt64) -> [AdmissionClaim] {
    claims.map { (claim: $0, time: laggardAt(start: $0.startedAt, count: $0.arrivedBytes)) }
      .filter { $0.time < now }
      .sorted { $0.time < $1.time }
      .map(\.claim)
  }
}

extension AdmissionLimits {
  /// What the settings say.
  init(_ configuration: ServiceConfiguration) {
    let largest = max(
      configuration.maximumBodyBytes, configuration.maximumJSONBodyBytes,
      configuration.maximumChunkedBodyBytes)
    let bytes = configuration.inFlightBytes
    self.init(
      bytes: bytes, awaitedBytes: max(bytes / 4 * 3, largest),
      requests: configuration.queueCapacity + configuration.threads,
      share: ClientShare(percent: configuration.clientShare),
      bytesPerSecond: configuration.slowBodyBytesPerSecond)
  }
}
