/// How much trouble without use a connection may still make, pure: time comes in as a number.
///
/// Floods of HTTP/2 have one thing in common: frames that cost the server work and bring no request
/// forward. So every such frame costs something, time and answered requests bring something in, and
/// a connection that has nothing left is ended. Resets cost more than others, whether the client
/// sends them or makes the server send them.
struct FrameBudget {
  /// What a stream error or a reset costs.
  static var reset: Int { 5 }
  /// What a SETTINGS frame costs: it is applied, and acknowledged.
  static var settings: Int { 5 }
  /// What an answered request brings in: clients update windows and measure round trips meanwhile.
  static var answer: Int { 4 }
  /// Bytes of an answer that bring in one frame, as window updates come with them.
  static var bytesPerFrame: Int { 2048 }

  private let burst: Int
  private let perSecond: UInt64
  private var left: Int
  private var sentBytes = 0
  private var refilledAt: UInt64

  init(_ configuration: HTTP2Configuration, now: UInt64) {
    burst = configuration.frameBurst
    perSecond = UInt64(max(1, configuration.framesPerSecond))
    left = configuration.frameBurst
    refilledAt = now
  }

  /// Whether the connection has to be ended.
  var isExhausted: Bool { left < 0 }

  /// Takes something out.
  mutating func spend(_ cost: Int, now: UInt64) {
    if left - cost < burst / 2 { refill(now) }
    left -= cost
  }

  /// Puts something in.
  mutating func earn(_ gain: Int) { left = min(burst, left + gain) }

  /// Bytes of content went to the client.
  mutating func sent(_ bytes: Int) {
    sentBytes += bytes
    guard sentBytes >= Self.bytesPerFrame else { return }
    earn(sentBytes / Self.bytesPerFrame)
    sentBytes %= Self.bytesPerFrame
  }

  private mutating func refill(_ now: UInt64) {
    let interval = 1_000_000_000 / perSecond
    guard now > refilledAt else { return }
    let gain = (now - refilledAt) / max(1, interval)
    guard gain > 0 else { return }
    refilledAt += gain * interval
    earn(Int(clamping: gain))
  }
}
