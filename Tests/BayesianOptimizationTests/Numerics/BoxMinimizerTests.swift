import Testing

@testable import BayesianOptimization

struct BoxMinimizerTests {
  private func rosenbrock(_ point: [Double], _ gradient: inout [Double]) -> Double {
    let (x, y) = (point[0], point[1])
    let bend = y - x * x
    gradient[0] = -400 * x * bend - 2 * (1 - x)
    gradient[1] = 200 * bend
    return 100 * bend * bend + (1 - x) * (1 - x)
  }

  @Test func `follows a curved valley to its lowest point`() throws {
    let minimizer = BoxMinimizer(
      bounds: [-2...2, -2...2], iterations: 200, tolerance: 1e-16)
    let place = try minimizer.minimize(from: [-1.2, 1]) {
      (point, gradient) throws(OptimizerError) in rosenbrock(point, &gradient)
    }
    #expect(abs(place.point[0] - 1) < 1e-5 && abs(place.point[1] - 1) < 1e-5)
  }

  @Test func `stays inside the box and finds the lowest place on its border`() throws {
    let minimizer = BoxMinimizer(bounds: [-2...0.5, -2...2], iterations: 200, tolerance: 1e-16)
    let place = try minimizer.minimize(from: [-1.2, 5]) {
      (point, gradient) throws(OptimizerError) in
      #expect(point[0] <= 0.5 && abs(point[1]) <= 2)
      return rosenbrock(point, &gradient)
    }
    #expect(place.point[0] == 0.5 && abs(place.point[1] - 0.25) < 1e-6)
  }

  @Test func `shortens steps that lead to no number`() throws {
    let minimizer = BoxMinimizer(bounds: [-10...10], iterations: 100, tolerance: 1e-14)
    let place = try minimizer.minimize(from: [9]) { (point, gradient) throws(OptimizerError) in
      gradient[0] = 2 * (point[0] - 3)
      return point[0] < 2 ? .nan : (point[0] - 3) * (point[0] - 3)
    }
    #expect(abs(place.point[0] - 3) < 1e-6)
  }

  @Test func `evaluates no more often than its steps allow`() throws {
    var evaluations = 0
    let minimizer = BoxMinimizer(bounds: [-2...2, -2...2], iterations: 5, tolerance: 0)
    _ = try minimizer.minimize(from: [-1.2, 1]) { (point, gradient) throws(OptimizerError) in
      evaluations += 1
      return rosenbrock(point, &gradient)
    }
    #expect(evaluations <= 1 + 5 * 12)
  }

  @Test func `passes errors on`() {
    let minimizer = BoxMinimizer(bounds: [0...1], iterations: 5)
    #expect(throws: OptimizerError.interrupted) {
      try minimizer.minimize(from: [0]) { (_, _) throws(OptimizerError) in throw .interrupted }
    }
  }
}
