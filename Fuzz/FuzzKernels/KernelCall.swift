import FuzzHarness
import Tensors
import VectorKernels

/// One kernel with its arguments.
struct KernelCall: CustomStringConvertible {
  private enum Kernel: Int, CaseIterable {
    case columnMeans, meanOfRows, receivedAttention, meanOfAttentionRows, widen, narrow
    case firstNonFinite, softmax, weightedRowSum, mixRows, patchEntropies, cosineSimilarity
  }

  private let kernel: Kernel
  private let type: ElementType
  private let heads: Int
  private let rows: Int
  private let columns: Int
  private let data: ArraySlice<UInt8>

  init(_ input: [UInt8]) {
    kernel = Kernel.allCases[Int(input[0]) % Kernel.allCases.count]
    type = ElementType.allCases[Int(input[1]) % ElementType.allCases.count]
    heads = Int(input[2]) % 4 + 1
    rows = Int(input[3]) % 40 + 1
    columns = Int(input[4]) % 70 + 1
    data = input.dropFirst(5)
  }

  var description: String { "\(kernel) \(type) \(heads)x\(rows)x\(columns)" }

  /// The bits of the results.
  func results(of set: KernelSet) -> [UInt32] {
    switch kernel {
    case .columnMeans:
      floats(columns) {
        set.columnMeans(
          of: memory(heads * rows * columns).bytes, type: type, heads: heads, rows: rows,
          columns: columns, into: &$0)
      }
    case .meanOfRows:
      floats(rows) {
        set.meanOfRows(
          of: memory(heads * rows * rows).bytes, type: type, heads: heads, tokens: rows,
          rows: indices(below: rows).span, into: &$0)
      }
    case .receivedAttention:
      floats(rows) {
        let query = finiteElements(heads * rows * columns)
        set.receivedAttention(
          query: query.bytes, key: query.bytes, type: type, heads: heads, tokens: rows,
          headSize: columns, into: &$0)
      }
    case .meanOfAttentionRows:
      floats(rows) {
        let query = finiteElements(heads * rows * columns)
        set.meanOfAttentionRows(
          query: query.bytes, key: query.bytes, type: type, heads: heads, tokens: rows,
          headSize: columns, rows: indices(below: rows).span, into: &$0)
      }
    default: vectorResults(of: set)
    }
  }

  private func vectorResults(of set: KernelSet) -> [UInt32] {
    let count = rows * columns
    switch kernel {
    case .widen:
      return floats(count) { set.widen(memory(count).bytes, type: type, into: &$0) }
    case .narrow:
      var narrowed: [UInt32] = []
      let storage = TensorStorage(byteCount: count * type.byteSize) {
        set.narrow(values(count).span, type: type, into: &$0)
      }
      for offset in 0..<storage.byteCount {
        narrowed.append(UInt32(storage.bytes.byte(at: offset)))
      }
      return narrowed
    case .firstNonFinite:
      let index = set.firstNonFinite(in: memory(count).bytes, type: type, count: count)
      return [UInt32(truncatingIfNeeded: index ?? -1)]
    case .softmax:
      return floats(count) { set.softmax(finiteValues(count).span, into: &$0) }
    case .cosineSimilarity:
      let similarity = set.cosineSimilarity(
        memory(count).bytes, memory(count, from: 3).bytes, type: type, count: count)
      return [similarity.bitPattern]
    default: return rowResults(of: set)
    }
  }

  private func rowResults(of set: KernelSet) -> [UInt32] {
    switch kernel {
    case .weightedRowSum:
      let indices = indices(below: rows)
      return floats(columns) {
        set.weightedRowSum(
          of: memory(rows * columns).bytes, type: type, width: columns, indices: indices.span,
          weights: values(indices.count).span, into: &$0)
      }
    case .mixRows:
      let corners = (0..<4).map { Int(byte($0)) % rows }
      let parts = values(2)
      let cell = BilinearCell(
        rows: (corners[0], corners[1], corners[2], corners[3]), down: parts[0], across: parts[1])
      return floats(columns) {
        set.mixRows(
          of: memory(rows * columns).bytes, type: type, width: columns, cell: cell, into: &$0)
      }
    default:
      let patch = heads
      let (down, across) = (rows / patch, columns / patch)
      let pixels = TensorStorage(exactly: (0..<3 * rows * columns).map(byte)[...])
      return floats(down * across) {
        set.patchEntropies(
          pixels: pixels.bytes, height: rows, width: columns, channelsLast: byte(0) & 1 == 0,
          patch: patch, rows: down, columns: across, into: &$0)
      }
    }
  }

  private func byte(_ index: Int) -> UInt8 { data[data.startIndex + index % data.count] }

  /// Elements in memory of exactly their size, at any alignment.
  private func memory(_ count: Int, from start: Int = 0) -> TensorStorage {
    TensorStorage(exactly: (0..<count * type.byteSize).map { byte(start + $0) }[...])
  }

  /// What attention asks for: an exponent bit less where an element is not finite.
  private func finiteElements(_ count: Int) -> TensorStorage {
    let size = type.byteSize
    var bytes = (0..<count * size).map(byte)
    for high in stride(from: size - 1, to: bytes.count, by: size) {
      let isFinite =
        type == .float16
        ? bytes[high] & 0x7C != 0x7C : bytes[high] & 0x7F != 0x7F || bytes[high - 1] < 0x80
      if !isFinite { bytes[high] &= 0xBF }
    }
    return TensorStorage(exactly: bytes[...])
  }

  private func values(_ count: Int) -> [Float] {
    (0..<count).map { index in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(byte(index * 4 + $1)) })
    }
  }

  /// What softmax asks for: an exponent bit less where a value is not finite.
  private func finiteValues(_ count: Int) -> [Float] {
    values(count).map { $0.isFinite ? $0 : Float(bitPattern: $0.bitPattern & 0xBFFF_FFFF) }
  }

  private func indices(below limit: Int) -> [Int32] {
    (0..<Int(byte(0)) % 20 + 1).map { Int32(Int(byte($0 + 1)) % limit) }
  }

  private func floats(_ count: Int, _ body: (inout MutableSpan<Float>) -> Void) -> [UInt32] {
    var values = [Float](repeating: 0, count: count)
    var span = values.mutableSpan
    body(&span)
    return values.map(\.bitPattern)
  }
}
