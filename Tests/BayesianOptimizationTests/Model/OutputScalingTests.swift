import Testing

@testable import BayesianOptimization

struct OutputScalingTests {
  @Test(
    arguments: [
      [1, 2, 3, 4], [1e300, -1e300, 5e299], [1e-300, 3e-300, 2e-300], [1e12, 1e12 + 1, 1e12 + 3],
      [1.7e308, -1.7e308], [-.leastNonzeroMagnitude, .leastNonzeroMagnitude, 0],
    ] as [[Double]])
  func `gives mean 0 and variance 1 on every scale, and the values back`(values: [Double]) {
    let scaling = OutputScaling(values)
    let standardized = values.map(scaling.standardized)
    let count = Double(values.count)
    #expect(abs(standardized.reduce(0, +) / count) < 1e-3)
    #expect(abs(standardized.reduce(0) { $0 + $1 * $1 } / count - 1) < 1e-3)
    let largest = values.reduce(0) { max($0, abs($1)) }
    for (value, number) in zip(values, standardized) {
      #expect(abs(scaling.natural(number) / 2 - value / 2) <= 1e-14 * largest)
    }
  }

  @Test(arguments: [[], [7.0], [0, 0], [1e300, 1e300, 1e300], [0.1, 0.1, 0.1]] as [[Double]])
  func `leaves equal values at zero`(values: [Double]) {
    let scaling = OutputScaling(values)
    #expect(values.map(scaling.standardized).allSatisfy { abs($0) < 1e-14 })
  }

  @Test func `scales variances by the square, within reason`() {
    let scaling = OutputScaling([0, 4])
    #expect(scaling.standardizedVariance(4) == 1)
    #expect(scaling.naturalVariance(1) == 4)
    #expect(OutputScaling([1e-300, 2e-300]).standardizedVariance(1e300) == 1e6)
    #expect(OutputScaling([1e300, -1e300]).naturalVariance(1) == .greatestFiniteMagnitude)
  }
}
