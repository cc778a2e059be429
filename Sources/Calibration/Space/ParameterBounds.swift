/// A number of a strategy that calibration can search for.
public struct ParameterName: Sendable, Hashable, Comparable, CustomStringConvertible {
  private enum Kind: Hashable, Comparable {
    case retainRatio(Int)
    case globalThreshold
    case recyclingCellSize
    case entropyWeight
  }

  private let kind: Kind

  /// The multiplier of the mean received attention.
  public static let globalThreshold = ParameterName(kind: .globalThreshold)
  /// The side of a recycling cell.
  public static let recyclingCellSize = ParameterName(kind: .recyclingCellSize)
  /// The weight of the patch entropy.
  public static let entropyWeight = ParameterName(kind: .entropyWeight)

  /// The retain ratio of stage `stage`, counted from 0, the vision stage.
  public static func retainRatio(_ stage: Int) -> ParameterName {
    ParameterName(kind: .retainRatio(stage))
  }

  private init(kind: Kind) { self.kind = kind }

  /// Reads a name as it is on the wire; nil when it names no parameter.
  public init?(_ name: String) {
    switch name {
    case "global_threshold": self = .globalThreshold
    case "recycling_cell_size": self = .recyclingCellSize
    case "entropy_weight": self = .entropyWeight
    default:
      let prefix = "retain_ratio_"
      guard name.hasPrefix(prefix), let stage = Int(name.dropFirst(prefix.count)), stage >= 0,
        name == "\(prefix)\(stage)"
      else { return nil }
      self = .retainRatio(stage)
    }
  }

  /// The name on the wire: `retain_ratio_0`, `global_threshold` and so on.
  public var description: String {
    switch kind {
    case .retainRatio(let stage): "retain_ratio_\(stage)"
    case .globalThreshold: "global_threshold"
    case .recyclingCellSize: "recycling_cell_size"
    case .entropyWeight: "entropy_weight"
    }
  }

  /// The stage whose ratio this is; nil for other parameters.
  public var stage: Int? {
    guard case .retainRatio(let stage) = kind else { return nil }
    return stage
  }

  /// The order of columns: ratios by stage, then the rest.
  public static func < (left: ParameterName, right: ParameterName) -> Bool {
    left.kind < right.kind
  }
}

/// Where a study looks for a parameter; equal bounds fix it.
public struct ParameterBounds: Sendable, Hashable {
  /// How distances are measured.
  public enum Scale: String, Sendable, CaseIterable {
    /// By difference.
    case linear
    /// By ratio; the bounds are positive.
    case logarithmic = "log"
  }

  /// The smallest value.
  public let lower: Double
  /// The largest value.
  public let upper: Double
  /// How distances are measured.
  public let scale: Scale
  /// Whether only whole numbers are suggested.
  public let isInteger: Bool

  /// Makes bounds; nothing is checked before ``StrategySpace`` is made.
  public init(
    _ lower: Double, _ upper: Double, scale: Scale = .linear, isInteger: Bool = false
  ) {
    self.lower = lower
    self.upper = upper
    self.scale = scale
    self.isInteger = isInteger
  }

  /// Whether there is nothing to search.
  public var isFixed: Bool { lower == upper }

  func clamp(_ value: Double) -> Double { min(max(value, lower), upper) }

  func contains(_ value: Double) -> Bool { value >= lower && value <= upper }
}
