import Testing

@testable import BayesianOptimization

struct ParameterTests {
  @Test(arguments: [
    Parameter.Kind.linear(-.infinity...0), .linear(0 ... .infinity), .logarithmic(0...1),
    .logarithmic(-1...1), .logarithmic(1 ... .infinity), .integer(0...(1 << 53 + 1)),
    .integer(Int.min...0), .categorical(count: 0), .categorical(count: -3),
  ])
  func `refuses bounds that hold no usable values`(kind: Parameter.Kind) {
    #expect(throws: OptimizerError(.invalidBounds, rule: "")) { try Parameter("x", kind) }
  }

  @Test func `counts values`() throws {
    #expect(try Parameter("x", .linear(0...1)).cardinality == nil)
    #expect(try Parameter("x", .linear(2...2)).cardinality == 1)
    #expect(try Parameter("x", .logarithmic(2...2)).cardinality == 1)
    #expect(try Parameter("x", .integer(-2...2)).cardinality == 5)
    #expect(try Parameter("x", .categorical(count: 3)).cardinality == 3)
  }

  @Test func `admits values that rounding pushed over a bound, and none beyond`() throws {
    let real = try Parameter("x", .linear(0.1...0.3))
    #expect(real.admitted(0.1 + 0.2) == 0.3)
    #expect(real.admitted(0.31) == nil)
    #expect(real.admitted(.nan) == nil && real.admitted(.infinity) == nil)
    let whole = try Parameter("x", .integer(1...4))
    #expect(whole.admitted(4) == 4)
    #expect(whole.admitted(5) == nil && whole.admitted(2.5) == nil && whole.admitted(1e300) == nil)
    let choice = try Parameter("x", .categorical(count: 2))
    #expect(choice.admitted(0) == 0 && choice.admitted(1) == 1)
    #expect(choice.admitted(2) == nil && choice.admitted(-1) == nil)
  }
}
