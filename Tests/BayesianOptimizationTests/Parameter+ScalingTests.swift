import Testing

@testable import BayesianOptimization

struct ParameterScalingTests {
  @Test(arguments: [
    Parameter.Kind.linear(-3...5), .logarithmic(1e-300...1e300), .linear(-1.7e308...1.7e308),
    .linear(1e12...1e12 + 1), .logarithmic(0.01...50),
  ])
  func `goes to shares and back`(kind: Parameter.Kind) throws {
    let parameter = try Parameter("x", kind)
    for step in 0...64 {
      let share = Double(step) / 64
      let value = parameter.value(atShare: share)
      #expect(parameter.admitted(value) == value)
      #expect(abs(parameter.scaled(value) - share) < 1e-4)
    }
  }

  @Test func `gives every whole number and choice an equal share`() throws {
    for kind in [Parameter.Kind.integer(-2...2), .categorical(count: 5)] {
      let parameter = try Parameter("x", kind)
      let values = (0..<100).map { parameter.value(atShare: (Double($0) + 0.5) / 100) }
      let counts = Dictionary(grouping: values) { $0 }.mapValues(\.count)
      #expect(counts.count == 5 && counts.values.allSatisfy { $0 == 20 })
    }
    #expect(try Parameter("x", .integer(3...9)).value(atShare: 1) == 9)
  }

  @Test func `scales whole numbers to the middle of their share`() throws {
    let parameter = try Parameter("x", .integer(0...3))
    #expect((0...3).map { parameter.scaled(Double($0)) } == [0.125, 0.375, 0.625, 0.875])
    #expect(try Parameter("x", .categorical(count: 3)).scaled(2) == 2)
  }

  @Test func `puts a fixed parameter in the middle`() throws {
    #expect(try Parameter("x", .linear(7...7)).scaled(7) == 0.5)
    #expect(try Parameter("x", .logarithmic(7...7)).scaled(7) == 0.5)
    #expect(try Parameter("x", .linear(7...7)).value(atShare: 0.3) == 7)
  }
}
