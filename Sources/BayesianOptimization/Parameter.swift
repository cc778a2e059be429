/// One named dimension of a search space.
public struct Parameter: Sendable, Hashable {
  /// What values a parameter takes, and on which scale they are alike.
  public enum Kind: Sendable, Hashable {
    /// Real numbers, alike at equal differences.
    case linear(ClosedRange<Double>)
    /// Positive real numbers, alike at equal ratios.
    case logarithmic(ClosedRange<Double>)
    /// Whole numbers, alike at equal differences.
    case integer(ClosedRange<Int>)
    /// Choices without an order, written as `0..<count`.
    case categorical(count: Int)
  }

  /// The name, unique in its space.
  public let name: String
  /// The values.
  public let kind: Kind

  /// Checks the bounds; equal bounds hold the parameter fixed.
  ///
  /// - Parameters:
  ///   - name: A name for people and for lookups.
  ///   - kind: The values. Whole numbers have to be exact in binary64.
  /// - Throws: ``OptimizerError/Code/invalidBounds``.
  public init(_ name: String, _ kind: Kind) throws(OptimizerError) {
    self.name = name
    self.kind = kind
    guard isValid else {
      throw OptimizerError(
        .invalidBounds,
        rule: "bounds are finite, logarithmic ones positive, whole ones within 2^53")
    }
  }

  private var isValid: Bool {
    let exact = 1 << 53
    switch kind {
    case .linear(let bounds): return bounds.lowerBound.isFinite && bounds.upperBound.isFinite
    case .logarithmic(let bounds):
      return bounds.lowerBound.isNormal && bounds.lowerBound > 0 && bounds.upperBound.isFinite
    case .integer(let bounds): return bounds.lowerBound >= -exact && bounds.upperBound <= exact
    case .categorical(let count): return count >= 1 && count <= exact
    }
  }

  /// The number of distinct values, nil where they are real numbers.
  var cardinality: Int? {
    switch kind {
    case .linear(let bounds), .logarithmic(let bounds):
      bounds.lowerBound == bounds.upperBound ? 1 : nil
    case .integer(let bounds): bounds.upperBound - bounds.lowerBound + 1
    case .categorical(let count): count
    }
  }

  /// Whether values have no order.
  var isCategorical: Bool {
    if case .categorical = kind { return true }
    return false
  }

  /// The value nearest to `value` that the parameter can take, nil if it is clearly none.
  ///
  /// Bounds give way by a relative 1e-9, so that values survive being computed and printed.
  func admitted(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    switch kind {
    case .linear(let bounds), .logarithmic(let bounds):
      let clamped = min(max(value, bounds.lowerBound), bounds.upperBound)
      let slack = 1e-9 * max(abs(bounds.lowerBound), abs(bounds.upperBound))
      return abs(clamped - value) <= slack ? clamped : nil
    case .integer(let bounds):
      guard value.rounded() == value, let whole = Int(exactly: value) else { return nil }
      return bounds.contains(whole) ? value : nil
    case .categorical(let count):
      guard value.rounded() == value, let choice = Int(exactly: value) else { return nil }
      return (0..<count).contains(choice) ? value : nil
    }
  }
}
