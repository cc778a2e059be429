import Testing

@testable import BayesianOptimization

struct DesignMatrixTests {
  @Test func `gives back what was appended, whole or in part`() throws {
    let space = try SearchSpace([
      Parameter("a", .linear(0...1)), Parameter("b", .categorical(count: 3)),
    ])
    var design = DesignMatrix(space: space)
    for index in 0..<4 { design.append([Double(index) / 4, Double(index % 3)]) }
    #expect(design.count == 4 && design.dimensions == 2 && design.categorical == [false, true])
    #expect(design.point(2) == [0.5, 2])
    let part = design.selecting([3, 1])
    #expect(part.count == 2 && part.point(0) == [0.75, 0] && part.point(1) == [0.25, 1])
  }
}
