internal import Synchronization

/// A number that goes up and down.
public final class Gauge: MetricCell {
  private let bits = Atomic<UInt64>(0)

  init() {}

  /// Replaces the number.
  public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  /// Adds to the number; a negative amount subtracts.
  public func add(_ amount: Double) { bits.add(amount) }

  /// The number now.
  public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

  /// Writes the sample line.
  public func render(_ name: String, labels: String, into text: inout PrometheusText) {
    text.sample(name, labels: labels, value: value)
  }
}

extension Atomic<UInt64> {
  /// Adds to a number that is kept as its bit pattern: Double has no atomic addition.
  func add(_ amount: Double) {
    var old = load(ordering: .relaxed)
    while true {
      let new = (Double(bitPattern: old) + amount).bitPattern
      let result = weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
      if result.exchanged { return }
      old = result.original
    }
  }
}
