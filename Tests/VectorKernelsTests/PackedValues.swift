import TestSupport
import Testing

@testable import VectorKernels

/// Values in a stored type, starting at any byte offset.
struct PackedValues {
  let type: ElementType
  let count: Int
  private(set) var bytes: [UInt8]
  private let offset: Int

  init(_ values: [Float], type: ElementType, offset: Int = 0) {
    self.type = type
    count = values.count
    self.offset = offset
    bytes = Array(repeating: 0xFF, count: offset)
    for value in values {
      bytes += PackedValues.pack(value, type)
    }
  }

  init(bits: [UInt16], type: ElementType, offset: Int = 0) {
    self.type = type
    count = bits.count
    self.offset = offset
    bytes = Array(repeating: 0xFF, count: offset)
    for pattern in bits {
      bytes += [UInt8(pattern & 0xFF), UInt8(pattern >> 8)]
    }
  }

  /// Random values in a stored type, uniform in `range`.
  init(
    random count: Int, in range: ClosedRange<Float> = -1...1, type: ElementType,
    offset: Int = 0, seed: UInt64
  ) {
    var generator = SeededGenerator(seed: seed)
    self.init(
      (0..<count).map { _ in Float.random(in: range, using: &generator) }, type: type,
      offset: offset)
  }

  var span: RawSpan {
    @_lifetime(borrow self)
    get { unsafe bytes.span.bytes.extracting(offset..<bytes.count) }
  }

  /// Element `index` after storing, by the standard library's conversions.
  subscript(index: Int) -> Double {
    let at = offset + index * type.byteSize
    let low = UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8
    switch type {
    case .float16: return Double(Float16(bitPattern: low))
    case .bfloat16: return Double(Float(bitPattern: UInt32(low) << 16))
    case .float32:
      let high = UInt32(bytes[at + 2]) | UInt32(bytes[at + 3]) << 8
      return Double(Float(bitPattern: UInt32(low) | high << 16))
    }
  }

  var doubles: [Double] { (0..<count).map { self[$0] } }

  mutating func set(_ index: Int, to value: Float) {
    let at = offset + index * type.byteSize
    bytes.replaceSubrange(at..<at + type.byteSize, with: PackedValues.pack(value, type))
  }

  static func pack(_ value: Float, _ type: ElementType) -> [UInt8] {
    switch type {
    case .float32:
      let bits = value.bitPattern
      return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
    case .float16:
      let bits = Float16(value).bitPattern
      return [UInt8(bits & 0xFF), UInt8(bits >> 8)]
    case .bfloat16:
      let bits = roundedToBrain(value)
      return [UInt8(bits & 0xFF), UInt8(bits >> 8)]
    }
  }

  /// Round to nearest even on the upper half, by comparing both neighbours.
  static func roundedToBrain(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    guard !value.isNaN else { return UInt16(bits >> 16) | 0x40 }
    let lower = UInt16(bits >> 16)
    let rest = bits & 0xFFFF
    let roundsUp = rest > 0x8000 || (rest == 0x8000 && lower & 1 == 1)
    return roundsUp ? lower + 1 : lower
  }
}

/// Runs a kernel on every set, requires equal bits, and returns the values.
func sameOnEverySet(
  count: Int, sourceLocation: SourceLocation = #_sourceLocation,
  _ kernel: (KernelSet, inout MutableSpan<Float>) -> Void
) -> [Float] {
  var first: [Float]?
  for set in KernelSet.supported {
    var values = [Float](repeating: -77, count: count)
    var span = values.mutableSpan
    kernel(set, &span)
    if let first {
      let differing = values.indices.first { values[$0].bitPattern != first[$0].bitPattern }
      #expect(
        differing == nil, "\(set.name) differs from portable", sourceLocation: sourceLocation)
    }
    first = first ?? values
  }
  return first ?? []
}

/// Requires that two vectors agree to a tolerance relative to each element.
func expectClose(
  _ actual: [Float], _ expected: [Double], relative tolerance: Double, absolute: Double = 0,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, sourceLocation: sourceLocation)
  let worst = zip(actual, expected).map { abs(Double($0) - $1) - absolute - tolerance * abs($1) }
  #expect(worst.allSatisfy { $0 <= 0 }, sourceLocation: sourceLocation)
}

/// Sizes around the 16 lanes, four chunks, and the token counts of common encoders.
let oddSizes = [1, 3, 15, 16, 17, 31, 33, 63, 64, 65, 80, 129, 577, 729]
