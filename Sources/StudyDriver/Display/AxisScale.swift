internal import Glibc

/// An axis with round numbers at its ticks.
struct AxisScale: Equatable {
  private let lower: Double
  private let upper: Double
  private let step: Double
  private let decimals: Int

  /// An axis on which values lie, with a little room.
  init(covering values: [Double], steps: Int) {
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    // One value alone, or many equal ones, still need an axis.
    let span = max(high - low, abs(high) * 1e-6, 1e-9)
    self.init(from: low - 0.06 * span, to: high + 0.06 * span, steps: steps, wholeSteps: false)
  }

  /// An axis from one end to the other with about so many steps.
  init(from lower: Double, to upper: Double, steps: Int, wholeSteps: Bool) {
    let rough = (upper - lower) / Double(steps)
    let power = pow(10, floor(log10(rough)))
    var step = power * ([1, 2, 5, 10].first { $0 * power >= rough } ?? 10)
    if wholeSteps { step = max(step.rounded(), 1) }
    self.lower = lower
    self.upper = upper
    self.step = step
    decimals = min(max(0, Int(-floor(log10(step) + 1e-9))), 12)
  }

  /// Where a value lies, from 0 to 1.
  func place(of value: Double) -> Double { (value - lower) / (upper - lower) }

  /// The round numbers between the ends.
  var ticks: [(value: Double, label: String)] {
    let first = (lower / step - 1e-9).rounded(.up)
    let count = Int(((upper / step + 1e-9).rounded(.down) - first).rounded())
    guard count >= 0 else { return [] }
    return (0...count).map { index in
      let value = (first + Double(index)) * step
      return (value, value.text(decimals: decimals))
    }
  }
}

extension Double {
  /// At most two decimals, for coordinates.
  var short: String {
    let hundredths = Int((self * 100).rounded())
    let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
    let sign = hundredths < 0 ? "-" : ""
    guard rest > 0 else { return "\(sign)\(whole)" }
    return "\(sign)\(whole)."
      + (rest % 10 == 0 ? "\(rest / 10)" : (rest < 10 ? "0\(rest)" : "\(rest)"))
  }

  /// Just so many decimals; what is too large for that is written in full.
  func text(decimals: Int) -> String {
    let scale = pow(10.0, Double(decimals))
    let scaled = (self * scale).rounded()
    guard scaled.magnitude < 1e15 else { return "\(self)" }
    let digits = String(Int(scaled.magnitude))
    let sign = scaled < 0 ? "-" : ""
    guard decimals > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }
}
