import Testing

@testable import BayesianOptimization

struct AcquisitionFunctionTests {
  /// Score, log(φ(z) + zΦ(z)) and its derivative, computed with 400 digits.
  static let reference: [(Double, Double, Double)] = [
    (3.0, 1.0987396653277078, 0.33284096845179524),
    (0.5, -0.35982768374506382, 0.99092271800410996),
    (0.0, -0.91893853320467274, 1.2533141373155003),
    (-0.5, -1.6205162643873199, 1.5598731483480797),
    (-1.0, -2.4851210257126413, 1.9042712333296918),
    (-3.0, -7.8696860596030285, 3.5323375176251605),
    (-6.0, -22.578879392169797, 6.3098407732098316),
    (-9.99, -55.45122728597831, 10.184567051915803),
    (-10.0, -55.553122036122356, 10.194383033412553),
    (-10.01, -55.655114947775423, 10.204199353568103),
    (-20.0, -206.9178385094251, 20.099262811101282),
    (-40.0, -808.29856835661996, 40.049906657648518),
    (-1000.0, -500014.73445209116, 1000.001999994),
    (-1000000.0, -500000000028.54996, 1000000.000002),
  ]

  @Test(arguments: reference)
  func `agrees with high precision where numbers underflow`(
    score: Double, value: Double, slope: Double
  ) {
    let result = logImprovement(score)
    #expect(abs(result.value - value) <= 1e-11 * max(abs(value), 1))
    #expect(abs(result.slope - slope) <= 1e-10 * slope)
  }

  @Test func `improves on the best expectation`() throws {
    let function = AcquisitionFunction(posterior: try ReferencePosterior().posterior())
    #expect(function.best == function.posterior.expectations.max())
    let (even, sure) = (
      function.value(.init(mean: function.best, variance: 1)),
      function.value(.init(mean: function.best, variance: 0.01))
    )
    #expect(abs(even - -0.91893853320467274) < 1e-14)
    #expect(even > sure)
  }

  @Test(arguments: [[0.3, 0.4], [0.85, 0.25], [0.5, 0.88]])
  func `has the slope that differences show`(point: [Double]) throws {
    let function = AcquisitionFunction(posterior: try ReferencePosterior().posterior())
    let (value, slope) = function.slope(at: point)
    let beliefs = function.posterior.beliefs(at: [point])
    #expect(abs(function.value(beliefs[0]) - value) < 1e-12)
    for dimension in point.indices {
      var (ahead, behind) = (point, point)
      ahead[dimension] += 1e-5
      behind[dimension] -= 1e-5
      let difference = function.slope(at: ahead).value - function.slope(at: behind).value
      #expect(abs(difference / 2e-5 - slope[dimension]) < 1e-5 * max(1, abs(slope[dimension])))
    }
  }
}
