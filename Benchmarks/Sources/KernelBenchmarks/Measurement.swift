/// The median time of one operation, in seconds.
struct Measurement {
  let seconds: Double

  /// Runs `body` once to warm up, then `rounds` times, and keeps the median.
  static func median(rounds: Int, _ body: () -> Void) -> Measurement {
    let clock = ContinuousClock()
    body()
    let times = (0..<rounds).map { _ in clock.measure(body) }.sorted()
    let middle = times[rounds / 2].components
    return Measurement(
      seconds: Double(middle.seconds) + Double(middle.attoseconds) * 1e-18)
  }
}
