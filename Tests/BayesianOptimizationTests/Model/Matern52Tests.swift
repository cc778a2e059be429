import Testing

@testable import BayesianOptimization

struct Matern52Tests {
  /// Squared distance, correlation and slope, computed with 40 digits.
  static let reference: [(Double, Double, Double)] = [
    (0.0, 1.0, 1.6666666666666667), (1.0e-12, 0.99999999999916667, 1.6666666666625),
    (0.01, 0.99175923617117762, 1.6307201300442673),
    (0.25, 0.82864914241812531, 1.1540528100359325),
    (1.0, 0.52399410883182031, 0.57644038788529565),
    (4.0, 0.13866021913850428, 0.10417935419231887),
    (25.0, 0.00075093378887375496, 0.00028310545521501314),
    (400.0, 2.694492229388208e-17, 2.8822271826304713e-18),
  ]

  @Test(arguments: reference)
  func `agrees with high precision`(squared: Double, value: Double, slope: Double) {
    var (values, slopes) = (Array(repeating: squared, count: 7), Array(repeating: 0.0, count: 7))
    Matern52.correlate(&values, slopes: &slopes)
    for index in values.indices {
      #expect(abs(values[index] - value) <= 1e-14 * value)
      #expect(abs(slopes[index] - slope) <= 1e-14 * slope)
    }
  }

  @Test func `measures real parameters by length scale and choices by being different`() throws {
    let space = try SearchSpace([
      Parameter("a", .linear(0...1)), Parameter("b", .categorical(count: 9)),
    ])
    var design = DesignMatrix(space: space)
    for point in [[0.5, 3], [0.7, 3], [0.5, 8]] { design.append(point) }
    // Length scales 0.5 and 2: one over their squares is 4 and 1/4.
    let kernel = Matern52(
      logLengthScales: [-0.693_147_180_559_945_3, 0.693_147_180_559_945_3], logVariance: 0)
    var distances = [Double](repeating: .nan, count: 3)
    kernel.squaredDistances(from: [0.5, 3], to: design, into: &distances)
    for (distance, expected) in zip(distances, [0, 0.16, 0.25]) {
      #expect(abs(distance - expected) < 1e-15)
    }
    #expect(design.point(2) == [0.5, 8] && design.selecting([2, 0]).columns[1] == [8, 3])
  }
}
