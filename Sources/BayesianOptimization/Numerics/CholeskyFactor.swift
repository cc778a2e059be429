private import Glibc

/// The lower triangular root of a covariance matrix, with room to grow.
///
/// Safety: rows are addressed inside closures that own the array; indices stay below `count` rows of
/// `stride` numbers, which is what the array holds.
struct CholeskyFactor: Sendable {
  /// The number of rows.
  private(set) var count: Int
  /// The distance between two rows.
  let stride: Int
  /// What was added to the diagonal to make the matrix positive definite, relative to its mean.
  private(set) var jitter = 0.0
  private var rows: [Double]

  /// Factors a matrix, adding more and more to the diagonal until that succeeds.
  ///
  /// - Parameters:
  ///   - covariance: The lower triangle, `count` rows `stride` apart; not negative on the diagonal.
  ///   - count: The number of rows.
  ///   - stride: At least `count` and the rows that will be appended.
  ///   - shouldStop: Asked now and then.
  /// - Throws: ``OptimizerError/Code/interrupted``.
  init(
    covariance: [Double], count: Int, stride: Int, shouldStop: () -> Bool = { false }
  ) throws(OptimizerError) {
    precondition(covariance.count == stride * count && stride >= count, "the matrix is complete")
    self.count = count
    self.stride = stride
    let mean = (0..<count).reduce(0) { $0 + covariance[$1 * stride + $1] } / Double(max(count, 1))
    rows = covariance
    while try !factor(shouldStop) {
      jitter = jitter == 0 ? 1e-12 : jitter * 100
      rows = covariance
      for row in 0..<count { rows[row * stride + row] += jitter * mean }
    }
  }

  /// The logarithm of the matrix's determinant.
  var logDeterminant: Double {
    (0..<count).reduce(0) { $0 + 2 * log(rows[$1 * stride + $1]) }
  }

  /// Replaces each of four rows by its product with the inverse of the transposed factor.
  ///
  /// - Parameters:
  ///   - tile: Four rows of at least ``count`` numbers, `tileStride` apart.
  ///   - offset: Where the first of them begins.
  ///   - tileStride: The distance between two of them.
  ///   - start: Numbers before it are zero.
  func solve(
    tile: inout [Double], at offset: Int = 0, tileStride: Int, from start: Int = 0
  ) {
    precondition(tile.count >= offset + 3 * tileStride + count, "the tile is complete")
    unsafe tile.withUnsafeMutableBufferPointer { tile in
      unsafe rows.withUnsafeBufferPointer { rows in
        guard let tile = tile.baseAddress, let rows = rows.baseAddress else { return }
        unsafe CholeskyFactor.solve(
          tile: tile + offset, tileStride, against: rows, stride, start..<count)
      }
    }
  }

  /// The vector whose product with the factor is `vector`.
  func solved(_ vector: [Double]) -> [Double] {
    var result = vector
    unsafe result.withUnsafeMutableBufferPointer { result in
      unsafe rows.withUnsafeBufferPointer { rows in
        guard let result = result.baseAddress, let rows = rows.baseAddress else { return }
        for row in 0..<count {
          let line = unsafe rows + row * stride
          unsafe result[row] = (result[row] - dotProduct(line, result, row)) / line[row]
        }
      }
    }
    return result
  }

  /// The vector whose product with the transposed factor is `vector`.
  func solvedTransposed(_ vector: [Double]) -> [Double] {
    var result = vector
    unsafe result.withUnsafeMutableBufferPointer { result in
      unsafe rows.withUnsafeBufferPointer { rows in
        guard let result = result.baseAddress, let rows = rows.baseAddress else { return }
        for row in (0..<count).reversed() {
          let line = unsafe rows + row * stride
          unsafe result[row] /= line[row]
          unsafe addMultiple(of: line, times: -result[row], to: result, row)
        }
      }
    }
    return result
  }

  /// Adds a row to the matrix.
  ///
  /// - Parameters:
  ///   - solvedRow: The covariances with the earlier rows, after ``solved(_:)``.
  ///   - variance: The new number on the diagonal.
  mutating func append(solvedRow: [Double], variance: Double) {
    precondition(count < stride && solvedRow.count == count, "there is room for the row")
    let explained = solvedRow.reduce(0) { $0 + $1 * $1 }
    rows.append(contentsOf: solvedRow)
    rows.append(max(variance - explained, 1e-10 * variance).squareRoot())
    rows.append(contentsOf: repeatElement(0, count: stride - count - 1))
    count += 1
  }

  /// Factors in place, four rows at a time; false when the matrix is not positive definite.
  private mutating func factor(_ shouldStop: () -> Bool) throws(OptimizerError) -> Bool {
    var row = 0
    while row < count {
      if row & 15 == 0, shouldStop() { throw .interrupted }
      let size = min(4, count - row)
      let complete = unsafe rows.withUnsafeMutableBufferPointer { rows in
        guard let rows = rows.baseAddress else { return true }
        return unsafe CholeskyFactor.factorRows(rows, stride, row..<row + size)
      }
      if !complete { return false }
      row += size
    }
    return true
  }
}

// The loops. Safety: `tile` and `rows` point to rows of which at least as many numbers are owned by
// the caller as the ranges say.
extension CholeskyFactor {
  private static func factorRows(
    _ rows: UnsafeMutablePointer<Double>, _ stride: Int, _ range: Range<Int>
  ) -> Bool {
    let first = unsafe rows + range.lowerBound * stride
    if range.count == 4 {
      unsafe solve(tile: first, stride, against: rows, stride, 0..<range.lowerBound)
    }
    for row in range {
      let line = unsafe rows + row * stride
      let start = range.count == 4 ? range.lowerBound : 0
      for column in start..<row {
        let other = unsafe rows + column * stride
        unsafe line[column] = (line[column] - dotProduct(line, other, column)) / other[column]
      }
      let pivot = unsafe line[row] - dotProduct(line, line, row)
      guard unsafe pivot > 1e-13 * line[row] else { return false }
      unsafe line[row] = pivot.squareRoot()
    }
    return true
  }

  private static func solve(
    tile: UnsafeMutablePointer<Double>, _ tileStride: Int, against rows: UnsafePointer<Double>,
    _ stride: Int, _ range: Range<Int>
  ) {
    var column = range.lowerBound
    while column < range.upperBound {
      let line = unsafe rows + column * stride
      let next = unsafe column + 1 < range.upperBound ? line + stride : line
      let (one, two) = unsafe dotProducts(
        ofRows: tile + range.lowerBound, stride: tileStride, with: line + range.lowerBound,
        and: next + range.lowerBound, column - range.lowerBound)
      for row in 0..<4 {
        let target = unsafe tile + row * tileStride + column
        let value = unsafe (target[0] - one[row]) / line[column]
        unsafe target[0] = value
        if column + 1 < range.upperBound {
          unsafe target[1] = (target[1] - two[row] - value * next[column]) / next[column + 1]
        }
      }
      column += 2
    }
  }
}
