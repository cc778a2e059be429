internal import Synchronization

/// A count that only grows.
public final class Counter: MetricCell {
  private let count = Atomic<UInt64>(0)

  init() {}

  /// Adds to the count.
  public func increment(by amount: UInt64 = 1) {
    count.wrappingAdd(amount, ordering: .relaxed)
  }

  /// The count so far.
  public var value: UInt64 { count.load(ordering: .relaxed) }

  /// Writes the sample line.
  public func render(_ name: String, labels: String, into text: inout PrometheusText) {
    text.sample(name, labels: labels, value: value)
  }
}
