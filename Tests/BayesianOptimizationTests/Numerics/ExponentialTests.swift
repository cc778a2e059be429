import Glibc
import Testing

@testable import BayesianOptimization

struct ExponentialTests {
  @Test func `agrees with the library to some units in the last place`() {
    for step in 0...14_000 {
      let argument = Double(step) * 0.05
      let ours = exponential(ofMinus: SIMD4(repeating: argument))[0]
      let theirs = exp(-argument)
      #expect(abs(ours - theirs) <= 4e-16 * theirs, "\(argument)")
    }
  }

  @Test func `is tiny but normal beyond its range`() {
    let values = exponential(ofMinus: SIMD4(0, 700, 1e9, .infinity))
    #expect(values[0] == 1)
    #expect(values[1] == values[2] && values[2] == values[3])
    #expect(values[3] > 0 && values[3] < 1e-300)
  }
}
