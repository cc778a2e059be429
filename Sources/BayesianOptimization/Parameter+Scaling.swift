private import Glibc

// Two scales besides the natural one. The model sees the *scaled* coordinate: real numbers and whole
// numbers in 0...1, choices as their index. Sampling draws from 0..<1, of which every whole number
// and every choice owns an equal share. Rounding therefore happens before the kernel, which is flat
// between whole numbers (Garrido-Merchán and Hernández-Lobato, 2020).
extension Parameter {
  /// The scaled coordinate of an admitted value.
  func scaled(_ value: Double) -> Double {
    switch kind {
    case .linear(let bounds):
      // Halves, because the width itself may overflow.
      let width = bounds.upperBound / 2 - bounds.lowerBound / 2
      return width > 0 ? min((value / 2 - bounds.lowerBound / 2) / width, 1) : 0.5
    case .logarithmic(let bounds):
      let width = log(bounds.upperBound) - log(bounds.lowerBound)
      let position = (log(value) - log(bounds.lowerBound)) / width
      return width > 0 ? min(max(position, 0), 1) : 0.5
    case .integer(let bounds):
      let count = Double(bounds.upperBound - bounds.lowerBound + 1)
      return (value - Double(bounds.lowerBound) + 0.5) / count
    case .categorical: return value
    }
  }

  /// The value at a share, 0...1, of the parameter's range; undoes ``scaled(_:)`` for real numbers.
  func value(atShare share: Double) -> Double {
    switch kind {
    case .linear(let bounds):
      let value = bounds.lowerBound * (1 - share) + bounds.upperBound * share
      return min(max(value, bounds.lowerBound), bounds.upperBound)
    case .logarithmic(let bounds):
      let value = exp(log(bounds.lowerBound) * (1 - share) + log(bounds.upperBound) * share)
      return min(max(value, bounds.lowerBound), bounds.upperBound)
    case .integer(let bounds):
      let count = bounds.upperBound - bounds.lowerBound + 1
      return Double(bounds.lowerBound + min(Int(share * Double(count)), count - 1))
    case .categorical(let count):
      return Double(min(Int(share * Double(count)), count - 1))
    }
  }
}
