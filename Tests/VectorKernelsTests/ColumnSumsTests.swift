import TestSupport
import Testing

@testable import VectorKernels

@Suite struct ColumnSumsTests {
  @Test(arguments: ElementType.allCases, oddSizes)
  func `rows in pieces have the bits of the whole`(type: ElementType, columns: Int) {
    var generator = SeededGenerator(seed: UInt64(columns))
    for rows in [1, 7, 8, 9, 16, 61, 96] {
      let matrix = PackedValues(
        random: rows * columns, in: 0...1, type: type, offset: rows % 4, seed: 21)
      let whole = sameOnEverySet(count: columns) { set, means in
        set.columnMeans(of: matrix.span, type: type, rows: rows, columns: columns, into: &means)
      }
      for set in KernelSet.supported {
        var sums = ColumnSums(type: type, columns: columns, kernels: set)
        // Twice, because memory of sums is used again.
        for _ in 0..<2 {
          sums.reset()
          while sums.rows < rows {
            let blocks = Int.random(in: 1...4, using: &generator) * ColumnSums.rowsAtOnce
            let count = min(blocks, rows - sums.rows)
            let size = columns * type.byteSize
            sums.add(
              matrix.span.extracting(sums.rows * size..<(sums.rows + count) * size), count: count)
          }
          #expect(sums.means == whole, "\(set.name), \(rows) rows")
        }
      }
    }
  }

  @Test func `no rows change nothing`() {
    let matrix = PackedValues(random: 8 * 5, type: .float32, seed: 3)
    var sums = ColumnSums(type: .float32, columns: 5, kernels: .best)
    sums.add(matrix.span.extracting(0..<0), count: 0)
    #expect(sums.rows == 0)
    sums.add(matrix.span, count: 8)
    let means = sums.means
    sums.add(matrix.span.extracting(0..<0), count: 0)
    #expect(sums.means == means)
  }

  @Test func `infinities reach the mean`() {
    var matrix = PackedValues([Float](repeating: 0, count: 40), type: .float16)
    matrix.set(23, to: .infinity)
    var sums = ColumnSums(type: .float16, columns: 20, kernels: .best)
    sums.add(matrix.span, count: 2)
    #expect(sums.means[3] == .infinity)
    #expect(sums.means[4] == 0)
  }
}
