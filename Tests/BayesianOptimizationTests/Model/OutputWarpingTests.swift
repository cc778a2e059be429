import Testing

@testable import BayesianOptimization

struct OutputWarpingTests {
  @Test func `leaves even values in proportion`() {
    let values = (0..<20).map { Double($0) / 10 }
    #expect(OutputWarping(values).strength == 0)
  }

  @Test func `draws in a long tail and keeps the order`() {
    let values = (0..<20).map { -Double(1 << $0) }
    let warping = OutputWarping(values)
    #expect(warping.strength >= 10)
    let warped = values.map(warping.warped)
    #expect(zip(warped, warped.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test func `has the slope that differences show`() {
    let warping = OutputWarping((0..<20).map { -Double(1 << $0) })
    for value in [-10.0, -1000, -4e5] {
      let step = abs(value) * 1e-5
      let difference = warping.warped(value + step) - warping.warped(value - step)
      #expect(abs(difference / (2 * step) / warping.slope(value) - 1) < 1e-6)
    }
  }

  @Test(arguments: [[], [3.0], [2.0, 2, 2], [0, 0, 0, 0, 0, 0, -9]] as [[Double]])
  func `survives values without a spread`(values: [Double]) {
    let warping = OutputWarping(values)
    #expect(values.map(warping.warped).allSatisfy { $0.isFinite })
    #expect(values.map(warping.slope).allSatisfy { $0 > 0 && $0.isFinite })
  }
}
