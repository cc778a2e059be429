import Foundation
import Tensors
import TestSupport
import Testing

@testable import TensorCoding

@Suite struct TensorJSONRoundingTests {
  @Test func `rounds to bfloat16 once`() {
    // Just above the midpoint of 1 and 1 + 2^-7, where going through binary32 would tie to even.
    #expect(TensorJSON.bfloat16(1 + 0x1p-8) == 0x3F80)
    #expect(TensorJSON.bfloat16((1 + 0x1p-8).nextUp) == 0x3F81)
    #expect(TensorJSON.bfloat16((1 + 0x1p-8).nextDown) == 0x3F80)
    #expect(TensorJSON.bfloat16(1 + 0x3p-8) == 0x3F82)
    #expect(TensorJSON.bfloat16((1 + 0x3p-8).nextDown) == 0x3F81)
    #expect(TensorJSON.bfloat16(-(1 + 0x1p-8).nextUp) == 0xBF81)
    #expect(TensorJSON.bfloat16(0) == 0)
    #expect(TensorJSON.bfloat16(-0.0) == 0x8000)
    #expect(TensorJSON.bfloat16(0x1p-133) == 1)
    #expect(TensorJSON.bfloat16(0x1p-134) == 0)
    #expect(TensorJSON.bfloat16((0x1p-134).nextUp) == 1)
    #expect(TensorJSON.bfloat16(1e-300) == 0)
    #expect(TensorJSON.bfloat16(0x1.FFp127.nextDown) == 0x7F7F)
    #expect(TensorJSON.bfloat16(0x1.FFp127) == 0x7F80)
  }

  @Test func `rounds to the nearest bfloat16 for random values`() {
    let seed: UInt64 = 4
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<20_000 {
      let value = Double.random(in: -1...1, using: &generator)
      let bits = TensorJSON.bfloat16(value)
      let rounded = Double(Float(bitPattern: UInt32(bits) << 16))
      let step = Double(Float(bitPattern: UInt32(bits &+ 1) << 16)) - rounded
      #expect((rounded - value).magnitude <= step.magnitude / 2, "seed \(seed): \(value)")
    }
  }

  @Test func `rounds to binary16 once`() throws {
    // 1 + 2^-11 is the midpoint; a binary32 in between would hide what lies below its last bit.
    let texts = [
      "1.00048828125", "1.000488281250000000000000000000001", "1.00048828124999999999999999",
    ]
    let tensor = try TensorJSON.decode(
      JSONCursor(
        try parse("{\"dtype\":\"F16\",\"shape\":[3],\"data\":[\(texts.joined(separator: ","))]}")))
    #expect((0..<3).map { tensor.float(at: $0) } == [1, 1.0009765625, 1])
  }
}
