internal import Synchronization

/// A distribution over fixed buckets.
public final class Histogram: MetricCell {
  /// The buckets' inclusive upper bounds, ascending; one more without a bound follows.
  public let bounds: [Double]

  private let buckets: [Counter]
  private let sumBits = Atomic<UInt64>(0)

  init(bounds: [Double]) {
    self.bounds = bounds
    buckets = (0...bounds.count).map { _ in Counter() }
  }

  /// Records a value; NaN, which fits no bucket, is left out.
  public func observe(_ value: Double) {
    guard !value.isNaN else { return }
    buckets[bucket(of: value)].increment()
    sumBits.add(value)
  }

  /// Records a time in seconds that was measured in nanoseconds.
  public func observe(nanoseconds: UInt64) { observe(Double(nanoseconds) / 1e9) }

  /// The number of recorded values.
  public var count: UInt64 { buckets.reduce(0) { $0 &+ $1.value } }

  /// The sum of recorded values.
  public var sum: Double { Double(bitPattern: sumBits.load(ordering: .relaxed)) }

  /// The number of values in each bucket, not cumulative.
  public var bucketCounts: [UInt64] { buckets.map(\.value) }

  /// Writes the bucket lines, the sum and the count.
  ///
  /// The count is the sum of the buckets just written, so that the lines agree with each other
  /// while other threads record.
  public func render(_ name: String, labels: String, into text: inout PrometheusText) {
    var total: UInt64 = 0
    for (index, count) in bucketCounts.enumerated() {
      total &+= count
      let bound = index < bounds.count ? text.bound(bounds[index]) : "+Inf"
      let separator = labels.isEmpty ? "" : ","
      text.sample("\(name)_bucket", labels: "\(labels)\(separator)le=\"\(bound)\"", value: total)
    }
    text.sample("\(name)_sum", labels: labels, value: sum)
    text.sample("\(name)_count", labels: labels, value: total)
  }

  /// Bounds from `start`, each `factor` times the one before.
  public static func exponentialBounds(
    from start: Double, factor: Double, count: Int
  ) -> [Double] {
    var bounds: [Double] = []
    var bound = start
    for _ in 0..<count {
      bounds.append(bound)
      bound *= factor
    }
    return bounds
  }

  /// Bounds in seconds that suit a request, 100 microseconds to 10 seconds.
  public static let requestSeconds: [Double] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
    10,
  ]

  private func bucket(of value: Double) -> Int {
    var (low, high) = (0, bounds.count)
    while low < high {
      let middle = (low + high) / 2
      if value <= bounds[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
