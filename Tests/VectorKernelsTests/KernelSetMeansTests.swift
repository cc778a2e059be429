import TestSupport
import Testing

@testable import VectorKernels

@Suite struct KernelSetMeansTests {
  @Test(arguments: ElementType.allCases, oddSizes)
  func `averages columns over heads and rows`(type: ElementType, columns: Int) {
    for (heads, rows, offset) in [(1, 1, 0), (1, 15, 1), (3, 16, 2), (2, 17, 3), (1, 70, 1)] {
      let lines = heads * rows
      let matrix = PackedValues(
        random: lines * columns, in: 0...1, type: type, offset: offset, seed: 11)
      let expected = (0..<columns).map { column in
        (0..<lines).reduce(0) { $0 + matrix[$1 * columns + column] } / Double(lines)
      }
      let means = sameOnEverySet(count: columns) { set, means in
        set.columnMeans(
          of: matrix.span, type: type, heads: heads, rows: rows, columns: columns, into: &means)
      }
      expectClose(means, expected, relative: 4e-7)
    }
  }

  @Test func `keeps its accuracy over many rows`() {
    let (rows, columns) = (11_664, 33)
    let matrix = PackedValues(
      random: rows * columns, in: 0...0.003, type: .float16, offset: 1, seed: 12)
    let expected = (0..<columns).map { column in
      (0..<rows).reduce(0) { $0 + matrix[$1 * columns + column] } / Double(rows)
    }
    let means = sameOnEverySet(count: columns) { set, means in
      set.columnMeans(
        of: matrix.span, type: .float16, rows: rows, columns: columns, into: &means)
    }
    expectClose(means, expected, relative: 1e-7)
  }

  @Test(arguments: ElementType.allCases, [1, 5, 16, 27, 64, 81])
  func `averages chosen rows over heads`(type: ElementType, tokens: Int) {
    let heads = 3
    let matrix = PackedValues(
      random: heads * tokens * tokens, in: 0...1, type: type, offset: 3, seed: 13)
    let chosen: [Int32] = (0..<Int32(tokens)).filter { $0 % 3 == 0 } + [0]
    let expected = (0..<tokens).map { column in
      var sum = 0.0
      for head in 0..<heads {
        for row in chosen { sum += matrix[(head * tokens + Int(row)) * tokens + column] }
      }
      return sum / Double(heads * chosen.count)
    }
    let mean = sameOnEverySet(count: tokens) { set, mean in
      set.meanOfRows(
        of: matrix.span, type: type, heads: heads, tokens: tokens, rows: chosen.span,
        into: &mean)
    }
    expectClose(mean, expected, relative: 4e-7)
  }

  @Test func `gives the same bits for all rows as for every column mean`() {
    let (heads, tokens) = (2, 27)
    let matrix = PackedValues(random: heads * tokens * tokens, type: .bfloat16, seed: 14)
    let all = (0..<Int32(tokens)).map { $0 }
    let columns = sameOnEverySet(count: tokens) { set, mean in
      set.columnMeans(
        of: matrix.span, type: .bfloat16, heads: heads, rows: tokens, columns: tokens, into: &mean)
    }
    let rows = sameOnEverySet(count: tokens) { set, mean in
      set.meanOfRows(
        of: matrix.span, type: .bfloat16, heads: heads, tokens: tokens, rows: all.span,
        into: &mean)
    }
    #expect(columns == rows)
  }

  @Test(arguments: ElementType.allCases, [1, 5, 16, 27, 64, 81])
  func `heads that were added up before give the same bits`(type: ElementType, tokens: Int) {
    for heads in [2, 8, 11] {
      let values = heads * tokens * tokens
      let matrix = PackedValues(random: values, in: 0...1, type: type, offset: 1, seed: 17)
      let chosen: [Int32] = (0..<Int32(tokens)).filter { $0 % 2 == 0 }
      let sums = sameOnEverySet(count: tokens * tokens) { set, sums in
        for head in 0..<heads {
          let size = tokens * tokens * type.byteSize
          let part = matrix.span.extracting(head * size..<(head + 1) * size)
          #expect(set.add(part, type: type, isFirst: head == 0, to: &sums))
        }
      }
      let packed = PackedValues(sums, type: .float32)
      for picked in [nil, chosen] {
        let whole = sameOnEverySet(count: tokens) { set, mean in
          if let picked {
            set.meanOfRows(
              of: matrix.span, type: type, heads: heads, tokens: tokens, rows: picked.span,
              into: &mean)
          } else {
            set.columnMeans(
              of: matrix.span, type: type, heads: heads, rows: tokens, columns: tokens,
              into: &mean)
          }
        }
        let added = sameOnEverySet(count: tokens) { set, mean in
          if let picked {
            set.meanOfRows(
              of: packed.span, type: .float32, heads: 1, summedHeads: heads, tokens: tokens,
              rows: picked.span, into: &mean)
          } else {
            set.columnMeans(
              of: packed.span, type: .float32, summedHeads: heads, rows: tokens, columns: tokens,
              into: &mean)
          }
        }
        #expect(whole == added)
      }
    }
  }

  @Test(arguments: ElementType.allCases, [1, 15, 16, 17, 40])
  func `adding tells of elements that are not finite`(type: ElementType, count: Int) {
    for index in [0, count / 2, count - 1] {
      var values = PackedValues([Float](repeating: 1, count: count), type: type)
      values.set(index, to: index % 2 == 0 ? .nan : -.infinity)
      for set in KernelSet.supported {
        var sums = [Float](repeating: 2, count: count)
        var span = sums.mutableSpan
        #expect(!set.add(values.span, type: type, isFirst: false, to: &span))
        #expect(sums.indices.allSatisfy { $0 == index || sums[$0] == 3 })
      }
    }
  }

  /// Sums of some head before and of `heads` heads, of which all but the last lie `gap` bytes apart.
  private func added(
    _ heads: [PackedValues], gap: Int, count: Int, atOnce: Bool, isFirst: Bool
  ) -> [UInt32] {
    let last = heads[heads.count - 1]
    let type = last.type
    let waiting = heads.dropLast().flatMap { head in
      head.bytes + [UInt8](repeating: 0xFF, count: gap)
    }
    let sums = sameOnEverySet(count: count) { set, sums in
      guard atOnce else {
        for (index, head) in heads.enumerated() {
          _ = set.add(head.span, type: type, isFirst: isFirst && index == 0, to: &sums)
        }
        return
      }
      let stride = count * type.byteSize + gap
      // Bytes are all initialised.
      let isFinite = set.add(
        last.span,
        after: unsafe waiting.span.bytes.extracting(0..<max(0, waiting.count - gap)),
        count: heads.count - 1, stride: stride, type: type, isFirst: isFirst, to: &sums)
      #expect(isFinite == heads.allSatisfy { $0.doubles.allSatisfy(\.isFinite) })
    }
    return sums.map(\.bitPattern)
  }

  @Test(arguments: ElementType.allCases, [1, 7, 16, 17, 40, 64, 101])
  func `heads at once give the bits of one after the other`(type: ElementType, count: Int) {
    for heads in 1...KernelSet.headsAtOnce {
      for (gap, isFirst) in [(0, true), (1, false), (64, true), (130, false)] {
        let values = (0..<heads).map { head in
          PackedValues(random: count, in: -3...3, type: type, seed: UInt64(count * 8 + head))
        }
        let bits = added(values, gap: gap, count: count, atOnce: true, isFirst: isFirst)
        #expect(bits == added(values, gap: gap, count: count, atOnce: false, isFirst: isFirst))
      }
    }
  }

  @Test(arguments: ElementType.allCases, [1, 15, 33])
  func `what is not finite is told and added in any head`(type: ElementType, count: Int) {
    for heads in 1...KernelSet.headsAtOnce {
      for head in 0..<heads {
        for (index, value) in [(0, Float.infinity), (count / 2, .nan), (count - 1, -.infinity)] {
          var values = Array(
            repeating: PackedValues([Float](repeating: 1, count: count), type: type), count: heads)
          values[head].set(index, to: value)
          let bits = added(values, gap: 3, count: count, atOnce: true, isFirst: true)
          #expect(bits == added(values, gap: 3, count: count, atOnce: false, isFirst: true))
          #expect(!Float(bitPattern: bits[index]).isFinite)
        }
      }
    }
  }

  @Test func `passes infinities and subnormals on`() {
    var matrix = PackedValues([Float](repeating: 0, count: 40), type: .float16)
    matrix.set(3, to: .infinity)
    matrix.set(5, to: 0x1p-24)
    let means = sameOnEverySet(count: 20) { set, means in
      set.columnMeans(of: matrix.span, type: .float16, rows: 2, columns: 20, into: &means)
    }
    #expect(means[3] == .infinity)
    #expect(means[5] == 0x1p-25)
    #expect(means[4] == 0)
  }
}
