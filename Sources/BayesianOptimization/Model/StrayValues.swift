/// Bad values that stand apart from all others: a slip of the measurement, or a cliff.
///
/// Gaps to the best value are sorted; behind the first that is more than ``jump`` times the one
/// before lie strays, if that leaves out no more than a fifth. A jump is judged, and no distance,
/// because a search has ever more values near the best, and by their measure its first points
/// would stray as well. A stray counts as bad as the worst ordinary value, and as uncertain as
/// all values differ: a cliff is still seen where several points have fallen from it, while a
/// single slip beside good values does not bend the model.
struct StrayValues: Sendable, Equatable {
  /// How much a gap exceeds the next smaller one.
  static let jump = 3.0
  /// With fewer values nothing is ordinary.
  static let fewest = 8

  /// What bad values count as.
  let floor: Double

  /// Judges some values.
  init(_ values: [Double]) {
    floor = Self.worstOrdinary(values) ?? -.infinity
  }

  private static func worstOrdinary(_ values: [Double]) -> Double? {
    guard values.count >= fewest, let best = values.max() else { return nil }
    let gaps = values.map { best - $0 }.sorted()
    let last = gaps.count - 1
    for index in last - gaps.count / 5..<last
    where gaps[index] > 0 && gaps[index + 1] > jump * gaps[index] {
      return best - gaps[index]
    }
    return nil
  }

  /// Whether a value is a stray.
  func contains(_ value: Double) -> Bool { value < floor }
}
