import TestSupport
import Testing

@testable import VectorKernels

@Suite struct ConversionTests {
  @Test(arguments: [ElementType.float16, .bfloat16])
  func `widens all 65536 patterns and narrows them back`(type: ElementType) {
    let patterns = (0...UInt16.max).map { $0 }
    let packed = PackedValues(bits: patterns, type: type, offset: 1)
    let values = sameOnEverySet(count: patterns.count) { set, values in
      set.widen(packed.span, type: type, into: &values)
    }
    for (pattern, value) in zip(patterns, values) {
      let expected =
        type == .float16
        ? Float(Float16(bitPattern: pattern)) : Float(bitPattern: UInt32(pattern) << 16)
      if expected.isNaN {
        #expect(value.isNaN)
      } else {
        #expect(value.bitPattern == expected.bitPattern)
      }
    }
    let back = narrowOnEverySet(values, type)
    for (pattern, result) in zip(patterns, back) {
      let isQuiet: UInt16 = type == .float16 ? 0x200 : 0x40
      let isNaN = values[Int(pattern)].isNaN
      #expect(result == (isNaN ? pattern | isQuiet : pattern))
    }
  }

  @Test(arguments: [ElementType.float16, .bfloat16])
  func `rounds to nearest even around every boundary`(type: ElementType) {
    var generator = SeededGenerator(seed: 41)
    var values: [Float] = [0, -0.0, 65504, 65519.996, 65520, 65536, 1e30, -1e30, .infinity]
    values += [0x1p-24, 0x1p-25, 0x1.000002p-25, 0x1.8p-24, 0x1p-14, 0x1.ffcp-15, 0x1.ffep-15]
    values += [0x1p-149, 0x1p-126, 0x1.fffffep127, -0x1.fffffep127]
    for _ in 0..<50_000 {
      let bits = UInt32.random(in: 0...UInt32.max, using: &generator)
      let value = Float(bitPattern: bits)
      values.append(value.isNaN ? 1 : value)
      // Small numbers and exact ties, which random bits seldom give.
      values.append(Float.random(in: -0x1p-13...0x1p-13, using: &generator))
      values.append(Float(bitPattern: bits & 0xBFFF_8000 | 0x1000))
    }
    values = values.map { $0.isNaN ? 1 : $0 }
    let narrowed = narrowOnEverySet(values, type)
    for (value, result) in zip(values, narrowed) {
      let packed = PackedValues.pack(value, type)
      #expect(result == UInt16(packed[0]) | UInt16(packed[1]) << 8, "\(value)")
    }
  }

  @Test(arguments: oddSizes)
  func `copies binary32 and converts odd counts`(count: Int) {
    for type in ElementType.allCases {
      let packed = PackedValues(random: count, type: type, offset: 3, seed: 42)
      let values = sameOnEverySet(count: count) { set, values in
        set.widen(packed.span, type: type, into: &values)
      }
      expectClose(values, packed.doubles, relative: 0)
      for set in KernelSet.supported {
        let end = count * type.byteSize + 1
        var bytes = [UInt8](repeating: 0xAA, count: end)
        var destination = bytes.mutableSpan
        var raw = unsafe destination.mutableBytes
        var inner = raw._mutatingExtracting(1..<end)
        set.narrow(values.span, type: type, into: &inner)
        #expect(Array(bytes[1...]) == Array(packed.bytes[3...]))
      }
    }
  }

  @Test(arguments: [ElementType.float16, .bfloat16])
  func `keeps NaN a NaN`(type: ElementType) {
    let patterns: [UInt32] = [0x7F80_0001, 0xFF80_0001, 0x7FC0_0000, 0x7FBF_FFFF, 0xFFFF_FFFF]
    let bits = narrowOnEverySet(patterns.map { Float(bitPattern: $0) }, type)
    let packed = PackedValues(bits: bits, type: type)
    #expect(packed.doubles.allSatisfy { $0.isNaN })
  }

  private func narrowOnEverySet(_ values: [Float], _ type: ElementType) -> [UInt16] {
    var first: [UInt16]?
    for set in KernelSet.supported {
      var bits = [UInt16](repeating: 0, count: values.count)
      var span = bits.mutableSpan
      var raw = unsafe span.mutableBytes
      set.narrow(values.span, type: type, into: &raw)
      #expect(first == nil || first == bits, "\(set.name) differs from portable")
      first = first ?? bits
    }
    return first ?? []
  }
}
