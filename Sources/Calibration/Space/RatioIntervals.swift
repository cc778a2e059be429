/// The retain ratios that lie within bounds and meet a token budget.
///
/// With prefix products `P_s = r_0 … r_s` and `L_s` layers per stage the budget says
/// `Σ P_s L_s = B Σ L_s` (VFlowOpt eq. 5; `docs/algorithm.md`, equation 12). Divided by what the
/// earlier stages keep, the budget left for stage `s` is `T_s`; then `T_{s+1} = T_s / r_s - L_s`.
/// Stages `s…` can spend exactly the interval `[A_s, C_s]`, where `A_s = lower_s (L_s + A_{s+1})`
/// and `C_s` likewise from the upper bounds. So `r_s` may be whatever leaves `T_{s+1}` within
/// `[A_{s+1}, C_{s+1}]`, an interval in closed form that is never empty, and the last one is
/// always tied.
struct RatioIntervals: Sendable, Equatable {
  let bounds: [ClosedRange<Double>]
  let spans: [Double]
  let budget: Double
  /// `A_s` and `C_s`, with zeros behind the last stage.
  private let least: [Double]
  private let most: [Double]

  /// Rounding noise of sums and quotients of some ten numbers.
  private static let noise = 1e-12

  /// Prepares the intervals; fails when no ratios within the bounds meet the budget.
  init(
    bounds: [ClosedRange<Double>], spans: [Int], budget: Double
  ) throws(CalibrationError) {
    self.bounds = bounds
    self.spans = spans.map(Double.init)
    self.budget = budget
    var least = [Double](repeating: 0, count: spans.count + 1)
    var most = least
    for stage in spans.indices.reversed() {
      least[stage] = bounds[stage].lowerBound * (self.spans[stage] + least[stage + 1])
      most[stage] = bounds[stage].upperBound * (self.spans[stage] + most[stage + 1])
    }
    self.least = least
    self.most = most
    let layers = self.spans.reduce(0, +)
    let target = budget * layers
    guard target >= least[0] - Self.noise * layers, target <= most[0] + Self.noise * layers else {
      var error = CalibrationError(
        .budgetInfeasible, "no retain ratios within the bounds meet this budget",
        field: .tokenBudget)
      error.budget = .init(
        requested: budget, smallest: least[0] / layers, largest: most[0] / layers)
      throw error
    }
  }

  private var target: Double { budget * spans.reduce(0, +) }

  /// The values that stage `stage` may have when `left` of the budget is left for it.
  private func interval(of stage: Int, left: Double) -> ClosedRange<Double> {
    let bounds = bounds[stage]
    let smallest = left / (spans[stage] + most[stage + 1])
    let largest = left / (spans[stage] + least[stage + 1])
    let lower = min(max(smallest, bounds.lowerBound), bounds.upperBound)
    return lower...max(lower, min(max(largest, bounds.lowerBound), bounds.upperBound))
  }

  /// The ratios that belong to coordinates in the unit cube, one per stage but the last.
  func ratios(at coordinates: [Double]) -> [Double] {
    var left = target
    var ratios: [Double] = []
    for stage in spans.indices {
      let interval = interval(of: stage, left: left)
      let coordinate = stage < coordinates.count ? coordinates[stage] : 1
      let width = interval.upperBound - interval.lowerBound
      let ratio = min(interval.lowerBound + coordinate * width, interval.upperBound)
      ratios.append(ratio)
      left = left / ratio - spans[stage]
    }
    return ratios
  }

  /// The coordinates of ratios; nil when they leave the bounds by more than `tolerance`.
  func coordinates(of ratios: [Double], tolerance: Double) -> [Double]? {
    var left = target
    var coordinates: [Double] = []
    for stage in spans.indices {
      let interval = interval(of: stage, left: left)
      let ratio = ratios[stage]
      guard ratio >= interval.lowerBound - tolerance, ratio <= interval.upperBound + tolerance
      else { return nil }
      let width = interval.upperBound - interval.lowerBound
      let coordinate = width > Self.noise ? (ratio - interval.lowerBound) / width : 0.5
      coordinates.append(min(max(coordinate, 0), 1))
      left = left / min(max(ratio, interval.lowerBound), interval.upperBound) - spans[stage]
    }
    return coordinates.dropLast()
  }

  /// The ratios nearest to wished ones, stage by stage; the last is tied.
  func nearest(to wishes: [Double]) -> [Double] {
    var left = target
    var ratios: [Double] = []
    for stage in spans.indices {
      let interval = interval(of: stage, left: left)
      let ratio = min(max(wishes[stage], interval.lowerBound), interval.upperBound)
      ratios.append(ratio)
      left = left / ratio - spans[stage]
    }
    return ratios
  }
}
