import TestSupport
import Testing

@testable import BayesianOptimization

struct CholeskyFactorTests {
  /// A random positive definite matrix, A A' + I, in the lower triangle of `stride` columns.
  private func matrix(_ count: Int, stride: Int, seed: UInt64) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    let root = (0..<count * count).map { _ in Double.random(in: -1...1, using: &generator) }
    var matrix = [Double](repeating: 0, count: count * stride)
    for row in 0..<count {
      for column in 0...row {
        let product = (0..<count).reduce(0) {
          $0 + root[row * count + $1] * root[column * count + $1]
        }
        matrix[row * stride + column] = product + (row == column ? 1 : 0)
      }
    }
    return matrix
  }

  private func product(_ matrix: [Double], _ vector: [Double], stride: Int) -> [Double] {
    vector.indices.map { row in
      vector.indices.reduce(0) { sum, column in
        sum + matrix[max(row, column) * stride + min(row, column)] * vector[column]
      }
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 8, 13, 64, 101])
  func `solves what multiplication made`(count: Int) throws {
    let stride = count + 3
    let matrix = matrix(count, stride: stride, seed: UInt64(count))
    let factor = try CholeskyFactor(covariance: matrix, count: count, stride: stride)
    let vector = (0..<count).map { Double($0 % 7) - 3 }
    let solution = factor.solvedTransposed(
      factor.solved(product(matrix, vector, stride: stride)))
    for index in 0..<count { #expect(abs(solution[index] - vector[index]) < 1e-9) }
    #expect(factor.jitter == 0)
  }

  @Test func `solves four rows as it solves one`() throws {
    let count = 11
    let matrix = matrix(count, stride: count, seed: 3)
    let factor = try CholeskyFactor(covariance: matrix, count: count, stride: count)
    let rows = (0..<4 * count).map { Double(($0 * 37) % 11) - 5 }
    var tile = rows
    factor.solve(tile: &tile, tileStride: count)
    for row in 0..<4 {
      let single = factor.solved(Array(rows[row * count..<(row + 1) * count]))
      for index in 0..<count { #expect(abs(tile[row * count + index] - single[index]) < 1e-12) }
    }
  }

  @Test func `knows the determinant`() throws {
    // 4 * 3 - 1 * 1
    let factor = try CholeskyFactor(covariance: [4, 0, 1, 3], count: 2, stride: 2)
    #expect(abs(factor.logDeterminant - 2.397_895_272_798_370_5) < 1e-14)
  }

  @Test func `appends the row that factoring the larger matrix would give`() throws {
    let (count, stride) = (9, 9)
    let whole = matrix(count, stride: stride, seed: 5)
    var grown = try CholeskyFactor(
      covariance: Array(whole.prefix((count - 1) * stride)), count: count - 1, stride: stride)
    let last = Array(whole[(count - 1) * stride..<count * stride])
    grown.append(solvedRow: grown.solved(Array(last.dropLast())), variance: last[count - 1])
    let factor = try CholeskyFactor(covariance: whole, count: count, stride: stride)
    let vector = (0..<count).map(Double.init)
    for (one, other) in zip(grown.solved(vector), factor.solved(vector)) {
      #expect(abs(one - other) < 1e-10)
    }
  }

  @Test func `adds to the diagonal until a singular matrix is definite`() throws {
    let ones = [Double](repeating: 1, count: 36)
    let factor = try CholeskyFactor(covariance: ones, count: 6, stride: 6)
    #expect(factor.jitter > 0 && factor.jitter < 1e-6)
    #expect(factor.solved(ones.prefix(6).map { $0 }).allSatisfy { $0.isFinite })
  }

  @Test func `stops when told to`() {
    #expect(throws: OptimizerError.interrupted) {
      try CholeskyFactor(covariance: [1], count: 1, stride: 1) { true }
    }
  }
}
