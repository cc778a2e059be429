/// Suggests where to measure next, from what has been measured so far.
///
/// It keeps no state: the same space, seed, observations, pending points and index give the same
/// suggestions on every thread and in every process of one build on one machine. Elsewhere the
/// system's `exp` and `log` may round differently, and a search that is once a last bit off goes
/// its own, equally good way.
public struct Optimizer: Sendable {
  /// What may be chosen about the search.
  public struct Configuration: Sendable, Hashable {
    /// The evaluations spread over the space before the model has a say; nil leaves it to the
    /// number of parameters.
    public var initialPoints: Int?

    /// Chooses.
    ///
    /// - Parameter initialPoints: Not negative; nil leaves it to the number of parameters.
    public init(initialPoints: Int? = nil) {
      self.initialPoints = initialPoints
    }
  }

  /// Where points are sought.
  public let space: SearchSpace
  /// What every random choice follows from.
  public let seed: UInt64
  /// The evaluations spread over the space before the model has a say.
  public let initialPoints: Int
  let sequence: QuasiRandomSequence

  /// Prepares a search.
  ///
  /// - Parameters:
  ///   - space: Where points are sought.
  ///   - seed: What every random choice follows from.
  ///   - configuration: What may be chosen about the search.
  public init(space: SearchSpace, seed: UInt64, configuration: Configuration = .init()) {
    self.space = space
    self.seed = seed
    initialPoints = max(configuration.initialPoints ?? space.parameters.count + 4, 1)
    sequence = QuasiRandomSequence(dimensions: space.parameters.count, seed: seed)
  }

  /// Points worth measuring next.
  ///
  /// - Parameters:
  ///   - count: How many points.
  ///   - observations: What has been measured, in any order.
  ///   - pending: Points that are being measured.
  ///   - firstIndex: The number of points suggested before; tells early suggestions apart.
  ///   - shouldStop: Asked now and then; true ends the work with an error.
  /// - Returns: `count` points in natural units.
  /// - Throws: ``OptimizerError`` when an observation or a pending point does not fit the space, or
  ///   with ``OptimizerError/Code/interrupted``.
  public func suggest(
    count: Int, observations: [Observation], pending: [[Double]], firstIndex: Int,
    shouldStop: () -> Bool = { false }
  ) throws(OptimizerError) -> [[Double]] {
    guard count >= 0, firstIndex >= 0 else {
      throw OptimizerError(.invalidCount, rule: "counts and indices are not negative")
    }
    let observations = try admitted(observations)
    let pending = try admitted(pending: pending)
    return try withoutActuallyEscaping(shouldStop) { shouldStop throws(OptimizerError) in
      var search = Search(
        optimizer: self, observations: observations, pending: pending, shouldStop: shouldStop)
      return try search.points(count: count, firstIndex: firstIndex)
    }
  }

  /// A model of the objective.
  ///
  /// - Parameters:
  ///   - observations: At least one; of more than 1000 the most informative are used.
  ///   - shouldStop: Asked now and then; true ends the work with an error.
  /// - Returns: A model of the values as they are.
  /// - Throws: ``OptimizerError`` when there is no observation or one does not fit the space, or
  ///   with ``OptimizerError/Code/interrupted``.
  public func fit(
    _ observations: [Observation], shouldStop: () -> Bool = { false }
  ) throws(OptimizerError) -> GaussianProcess {
    let observations = try admitted(observations)
    guard !observations.isEmpty else {
      throw OptimizerError(.noObservations, rule: "a model needs observations")
    }
    return try GaussianProcess(
      space: space, observations: observations, shouldStop: shouldStop)
  }

  private func admitted(pending: [[Double]]) throws(OptimizerError) -> [[Double]] {
    var inside: [[Double]] = []
    for (index, point) in pending.enumerated() {
      do {
        inside.append(try space.admitted(point))
      } catch {
        throw error.at(point: index)
      }
    }
    return inside
  }

  /// The observations with every point inside the space.
  func admitted(_ observations: [Observation]) throws(OptimizerError) -> [Observation] {
    var inside: [Observation] = []
    inside.reserveCapacity(observations.count)
    for (index, observation) in observations.enumerated() {
      do {
        inside.append(try observation.admitted(to: space))
      } catch {
        throw error.at(point: index)
      }
    }
    return inside
  }
}
