/// Why a search space, an observation or a request for suggestions cannot be used.
public struct OptimizerError: Error, Equatable, Sendable {
  /// The kind of fault.
  public enum Code: Sendable, Equatable {
    /// A parameter's bounds are not finite, not positive where logarithmic, or hold no value.
    case invalidBounds
    /// A search space has no parameter or two of the same name.
    case invalidSpace
    /// A point has too few or too many coordinates.
    case wrongDimension
    /// A coordinate is not finite, outside its bounds, or broken where whole numbers are needed.
    case coordinateOutOfRange
    /// A value or a noise variance is not finite, or a variance is negative.
    case invalidValue
    /// There is nothing to fit a model to.
    case noObservations
    /// A count or an index is negative.
    case invalidCount
    /// Whoever wanted the result does not want it any more.
    case interrupted
  }

  /// The kind of fault.
  public let code: Code
  /// The position of the parameter at fault in the search space.
  public let parameter: Int?
  /// The position of the point at fault among the observations or the pending points.
  public let point: Int?
  /// The rule that was broken, as one constant English clause for people.
  public let rule: StaticString

  init(_ code: Code, parameter: Int? = nil, point: Int? = nil, rule: StaticString) {
    self.code = code
    self.parameter = parameter
    self.point = point
    self.rule = rule
  }

  /// Compares what was wrong and where; the rule is for people.
  public static func == (left: OptimizerError, right: OptimizerError) -> Bool {
    left.code == right.code && left.parameter == right.parameter && left.point == right.point
  }

  func at(point: Int) -> OptimizerError {
    OptimizerError(code, parameter: parameter, point: point, rule: rule)
  }

  static var interrupted: OptimizerError {
    OptimizerError(.interrupted, rule: "the work was interrupted")
  }
}
