import TestSupport
import Testing

@testable import VectorKernels

@Suite struct KernelSetRowsTests {
  @Test(arguments: ElementType.allCases, oddSizes)
  func `adds weighted rows`(type: ElementType, width: Int) {
    var generator = SeededGenerator(seed: 51)
    let rowCount = 40
    let rows = PackedValues(random: rowCount * width, type: type, offset: 1, seed: 52)
    for count in [1, 2, 7, 8, 9, 16, 23] {
      let indices = (0..<count).map { _ in Int32.random(in: 0..<40, using: &generator) }
      let weights = (0..<count).map { _ in Float.random(in: 0...1, using: &generator) }
      let sums = sameOnEverySet(count: width) { set, row in
        set.weightedRowSum(
          of: rows.span, type: type, width: width, indices: indices.span,
          weights: weights.span, into: &row)
      }
      // The documented order, in binary32 as the kernel has it: equal bits, not just close.
      let expected = (0..<width).map { column in
        var sum: Float = 0
        for (index, weight) in zip(indices, weights) {
          sum += weight * Float(rows[Int(index) * width + column])
        }
        return sum
      }
      #expect(sums == expected)
    }
  }

  @Test func `gives zeros for no rows and copies one row of weight one`() {
    let rows = PackedValues(random: 3 * 21, type: .float16, offset: 1, seed: 53)
    let none = sameOnEverySet(count: 21) { set, row in
      set.weightedRowSum(
        of: rows.span, type: .float16, width: 21, indices: Span(), weights: Span(), into: &row)
    }
    #expect(none.allSatisfy { $0 == 0 })
    let one = sameOnEverySet(count: 21) { set, row in
      set.weightedRowSum(
        of: rows.span, type: .float16, width: 21, indices: ([2] as [Int32]).span,
        weights: ([1] as [Float]).span, into: &row)
    }
    expectClose(one, Array(rows.doubles[42...]), relative: 0)
  }

  @Test(arguments: ElementType.allCases, oddSizes)
  func `mixes four rows`(type: ElementType, width: Int) {
    let rows = PackedValues(random: 5 * width, type: type, offset: 3, seed: 54)
    let cell = BilinearCell(rows: (0, 4, 2, 2), down: 0.3, across: 0.65)
    let mixed = sameOnEverySet(count: width) { set, row in
      set.mixRows(of: rows.span, type: type, width: width, cell: cell, into: &row)
    }
    let expected = (0..<width).map { column in
      func corner(_ row: Int) -> Float { Float(rows[row * width + column]) }
      let top = corner(0) * cell.left + corner(4) * cell.right
      let bottom = corner(2) * cell.left + corner(2) * cell.right
      return top * cell.top + bottom * cell.bottom
    }
    #expect(mixed == expected)
  }
}
