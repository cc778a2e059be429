import Glibc
import Testing

@testable import VectorKernels

/// Memory whose first byte follows, and whose last byte precedes, a page that cannot be touched.
@safe
final class GuardedMemory {
  private static let page = 4096
  private let base: UnsafeMutableRawPointer
  private let length: Int
  private let byteCount: Int
  private let start: UnsafeMutableRawPointer

  init(byteCount: Int, atEnd: Bool) throws {
    self.byteCount = byteCount
    let body = (byteCount + GuardedMemory.page - 1) / GuardedMemory.page * GuardedMemory.page
    length = body + 2 * GuardedMemory.page
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    let mapped = unsafe mmap(nil, length, PROT_NONE, flags, -1, 0)
    unsafe base = try unsafe #require(mapped)
    let inside = unsafe base + GuardedMemory.page
    try #require(unsafe mprotect(inside, body, PROT_READ | PROT_WRITE) == 0)
    unsafe start = unsafe atEnd ? inside + body - byteCount : inside
  }

  deinit { unsafe munmap(base, length) }

  func fill(_ bytes: [UInt8]) {
    for (index, byte) in bytes.enumerated() {
      unsafe start.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
    }
  }

  var span: RawSpan {
    @_lifetime(borrow self)
    get {
      // In bounds by construction; the memory lives as long as self.
      let span = unsafe RawSpan(_unsafeStart: start, byteCount: byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}

@Suite struct GuardPageTests {
  private func guarded(
    _ values: PackedValues, atEnd: Bool
  ) throws -> GuardedMemory {
    let memory = try GuardedMemory(byteCount: values.bytes.count, atEnd: atEnd)
    memory.fill(values.bytes)
    return memory
  }

  @Test(arguments: ElementType.allCases, [false, true])
  func `reads nothing outside of matrices and vectors`(type: ElementType, atEnd: Bool) throws {
    for columns in oddSizes where columns < 200 {
      let values = try guarded(
        PackedValues(random: 3 * columns, type: type, seed: 71), atEnd: atEnd)
      _ = sameOnEverySet(count: columns) { set, out in
        set.columnMeans(of: values.span, type: type, rows: 3, columns: columns, into: &out)
        set.weightedRowSum(
          of: values.span, type: type, width: columns, indices: ([2, 0] as [Int32]).span,
          weights: ([1, 2] as [Float]).span, into: &out)
        set.mixRows(
          of: values.span, type: type, width: columns,
          cell: BilinearCell(rows: (0, 1, 2, 2), down: 0.5, across: 0.5), into: &out)
      }
      _ = sameOnEverySet(count: 3 * columns) { set, out in
        set.widen(values.span, type: type, into: &out)
        #expect(set.firstNonFinite(in: values.span, type: type, count: 3 * columns) == nil)
        out[0] = set.cosineSimilarity(values.span, values.span, type: type, count: 3 * columns)
      }
      // A row at the border is the last head here, all three are what waits.
      let row = columns * type.byteSize
      _ = sameOnEverySet(count: columns) { set, out in
        let last = values.span.extracting(atEnd ? 2 * row..<3 * row : 0..<row)
        #expect(
          set.add(
            last, after: values.span, count: 3, stride: row, type: type, isFirst: true, to: &out))
      }
    }
  }

  @Test(arguments: ElementType.allCases, [false, true])
  func `reads nothing outside of queries and keys`(type: ElementType, atEnd: Bool) throws {
    for (tokens, headSize) in [(1, 1), (7, 3), (17, 5), (33, 16), (65, 9)] {
      let count = 2 * tokens * headSize
      let query = try guarded(PackedValues(random: count, type: type, seed: 72), atEnd: atEnd)
      let key = try guarded(PackedValues(random: count, type: type, seed: 73), atEnd: atEnd)
      _ = sameOnEverySet(count: tokens) { set, out in
        set.receivedAttention(
          query: query.span, key: key.span, type: type, heads: 2, tokens: tokens,
          headSize: headSize, into: &out)
      }
    }
  }

  @Test(arguments: [false, true], [false, true])
  func `reads nothing outside of pixels`(channelsLast: Bool, atEnd: Bool) throws {
    for (patch, side) in [(1, 1), (2, 5), (3, 9), (14, 28), (14, 33)] {
      let image = Image(height: side, width: side) { y, x, c in UInt8((y * 7 + x * 3 + c) % 256) }
      let bytes = image.bytes(channelsLast: channelsLast)
      let memory = try GuardedMemory(byteCount: bytes.count, atEnd: atEnd)
      memory.fill(bytes)
      let count = side / patch
      let entropies = sameOnEverySet(count: count * count) { set, bits in
        set.patchEntropies(
          pixels: memory.span, height: side, width: side, channelsLast: channelsLast,
          patch: patch, rows: count, columns: count, into: &bits)
      }
      #expect(entropies == image.entropies(patch: patch, channelsLast: channelsLast))
    }
  }
}
