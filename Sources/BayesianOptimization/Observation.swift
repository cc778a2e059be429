/// A point and what was measured there.
public struct Observation: Sendable, Hashable {
  /// The coordinates in natural units; whole numbers as such, choices as their index.
  public let point: [Double]
  /// The measured value, to be maximised.
  public let value: Double
  /// The known variance of `value`, a squared standard error for instance; nil when unknown.
  public let noiseVariance: Double?

  /// Joins a point and its value.
  ///
  /// - Parameters:
  ///   - point: One coordinate per parameter.
  ///   - value: Finite.
  ///   - noiseVariance: Finite and not negative, if known.
  public init(point: [Double], value: Double, noiseVariance: Double? = nil) {
    self.point = point
    self.value = value
    self.noiseVariance = noiseVariance
  }

  /// The same observation with its point inside `space`.
  func admitted(to space: SearchSpace) throws(OptimizerError) -> Observation {
    guard value.isFinite, noiseVariance.map({ $0.isFinite && $0 >= 0 }) ?? true else {
      throw OptimizerError(.invalidValue, rule: "values and variances are finite, none negative")
    }
    let inside = try space.admitted(point)
    return Observation(point: inside, value: value, noiseVariance: noiseVariance)
  }
}
