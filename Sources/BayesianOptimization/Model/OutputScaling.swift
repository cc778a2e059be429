/// The scale on which values have mean 0 and variance 1.
///
/// Values are first divided by a power of two, exactly, so that neither 1e300 nor 1e-300 leaves the
/// range of squares, then centred: an offset of 1e12 costs only the digits it already has taken.
struct OutputScaling: Sendable, Equatable {
  /// The power of two nearest to the largest value.
  let unit: Double
  /// The mean in units.
  let mean: Double
  /// The standard deviation in units, 1 when all values are equal.
  let deviation: Double

  /// The scale of some values.
  init(_ values: [Double]) {
    let largest = values.reduce(0) { max($0, abs($1)) }
    let exponent = largest > 0 ? max(largest.exponent, -1000) : 0
    let unit = Double(sign: .plus, exponent: exponent, significand: 1)
    self.unit = unit
    let count = Double(max(values.count, 1))
    let mean = values.reduce(0) { $0 + $1 / unit } / count
    let variance = values.reduce(0) { $0 + ($1 / unit - mean) * ($1 / unit - mean) } / count
    self.mean = mean
    // Below this the differences are roundings of the same number.
    deviation = variance.squareRoot() > 1e-15 * abs(mean) ? variance.squareRoot() : 1
  }

  /// A value on this scale.
  func standardized(_ value: Double) -> Double { (value / unit - mean) / deviation }

  /// The variance of a value on this scale.
  func standardizedVariance(_ variance: Double) -> Double {
    min(variance / unit / unit / deviation / deviation, 1e6)
  }

  /// The value that a standardised one stands for, no further out than the greatest number.
  func natural(_ standardized: Double) -> Double {
    let value = (standardized * deviation + mean) * unit
    return min(max(value, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
  }

  /// The variance that a standardised one stands for, at most the greatest number.
  func naturalVariance(_ variance: Double) -> Double {
    min(variance * deviation * deviation * unit * unit, .greatestFiniteMagnitude)
  }
}
