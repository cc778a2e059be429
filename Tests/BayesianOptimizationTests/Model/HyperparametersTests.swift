import Testing

@testable import BayesianOptimization

struct HyperparametersTests {
  @Test func `come back as kernel and noise`() {
    let hyperparameters = Hyperparameters(
      lengthScale: 0.5, dimensions: 3, variance: 2, noise: 0.01)
    let kernel = hyperparameters.kernel
    #expect(kernel.inverseSquares.count == 3)
    #expect(kernel.inverseSquares.allSatisfy { abs($0 - 4) < 1e-14 })
    #expect(abs(kernel.variance - 2) < 1e-14 && abs(hyperparameters.noise - 0.01) < 1e-16)
  }

  @Test(arguments: [1, 2, 6])
  func `start inside their box`(dimensions: Int) {
    let prior = HyperparameterPrior(dimensions: dimensions)
    for start in prior.starts {
      #expect(start.logarithms.count == prior.bounds.count)
      for (value, bounds) in zip(start.logarithms, prior.bounds) { #expect(bounds ~= value) }
    }
  }

  @Test func `have a prior with the slopes that differences show`() {
    let prior = HyperparameterPrior(dimensions: 2)
    let point = [-1, 0.5, 1.5, -2.0]
    var (gradient, ignored) = ([0.0, 0, 0, 0], [0.0, 0, 0, 0])
    _ = prior.penalty(point, gradient: &gradient)
    for index in point.indices {
      var (ahead, behind) = (point, point)
      ahead[index] += 1e-5
      behind[index] -= 1e-5
      let difference =
        prior.penalty(ahead, gradient: &ignored) - prior.penalty(behind, gradient: &ignored)
      #expect(abs(difference / 2e-5 - gradient[index]) < 1e-8)
    }
  }
}
