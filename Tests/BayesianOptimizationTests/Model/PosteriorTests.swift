import Testing

@testable import BayesianOptimization

struct PosteriorTests {
  @Test func `agrees with high precision`() throws {
    let posterior = try ReferencePosterior().posterior()
    #expect(abs(posterior.trend - 0.10100765586511858) < 1e-14)
    let beliefs = posterior.beliefs(at: [[0.3, 0.4], [0.5, 0.9]])
    #expect(abs(beliefs[0].mean - -0.081051827205960041) < 1e-14)
    #expect(abs(beliefs[0].variance - 0.33358876844744303) < 1e-14)
    #expect(abs(beliefs[1].mean - -1.1702342312750732) < 1e-14)
    #expect(abs(beliefs[1].variance - 0.047706251521861509) < 1e-14)
    #expect(abs(posterior.expectations[1] - -1.1702342312750732) < 1e-14)
  }

  @Test func `believes the same of a point alone and among others`() throws {
    let posterior = try ReferencePosterior().posterior()
    let points = (0..<9).map { [Double($0) / 9, 0.4] }
    let together = posterior.beliefs(at: points)
    for (point, belief) in zip(points, together) {
      #expect(posterior.beliefs(at: [point]) == [belief])
    }
  }

  @Test(arguments: [[0.3, 0.4], [0.99, 0.01], [0.5, 0.88]])
  func `has the slopes that differences show`(point: [Double]) throws {
    let posterior = try ReferencePosterior().posterior()
    let (belief, meanSlope, varianceSlope) = posterior.slope(at: point)
    let beliefs = posterior.beliefs(at: [point])
    #expect(abs(belief.mean - beliefs[0].mean) < 1e-14)
    #expect(abs(belief.variance - beliefs[0].variance) < 1e-14)
    for dimension in point.indices {
      let step = 1e-5
      var (ahead, behind) = (point, point)
      ahead[dimension] += step
      behind[dimension] -= step
      let (more, less) = (posterior.beliefs(at: [ahead])[0], posterior.beliefs(at: [behind])[0])
      #expect(abs((more.mean - less.mean) / (2 * step) - meanSlope[dimension]) < 1e-7)
      #expect(abs((more.variance - less.variance) / (2 * step) - varianceSlope[dimension]) < 1e-7)
    }
  }

  @Test func `keeps its mean and is surer of the surroundings after an assumed measurement`() throws
  {
    let before = try ReferencePosterior().posterior(spare: 1)
    var after = before
    after.append([0.35, 0.4])
    let (near, far) = ([0.3, 0.4], [0.95, 0.95])
    let (earlier, later) = (before.beliefs(at: [near, far]), after.beliefs(at: [near, far]))
    for (one, other) in zip(earlier, later) { #expect(abs(one.mean - other.mean) < 1e-13) }
    #expect(later[0].variance < 0.5 * earlier[0].variance)
    #expect(later[1].variance <= earlier[1].variance)
    #expect(later[1].variance > 0.9 * earlier[1].variance)
  }
}
