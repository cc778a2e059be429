import Foundation
import TensorCoding
import TestSupport
import Testing

@Suite struct JSONNumberTests {
  static func number(_ text: String) throws -> Double {
    guard case .number(let number) = try parse(text) else { throw Failure() }
    return number.double
  }

  static func packed(_ texts: [String]) throws -> [Double] {
    guard case .numbers(let numbers) = try parse("[\(texts.joined(separator: ","))]") else {
      throw Failure()
    }
    return numbers.values.indices.map { numbers.values[$0] }
  }

  @Test(arguments: [
    "0", "-0", "0.1", "1e23", "9007199254740993", "123456789012345678", "1e-22", "1e22", "1e-23",
    "5e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "2.2250738585072011e-308",
    "1.7976931348623157e308", "1.7976931348623158e308", "0.000000000000000000000000000001234",
    "9223372036854775807", "18446744073709551616", "1.000000000000000000000000000000000000001",
    "123456789.123456789e-300", "0.3e1", "1E5", "1e+5", "8.98846567431158e307", "6.02214076E23",
    "12345678.12345678", "1234567.1", "0.12345678901234567890123456789",
    "0.001234567890123456789012345", "0.99999999999999999999", "0.0000000000000000000000000",
    "1e00000000000000000000000001", "0e99999999999999999999", "1e-99999999999999999999",
    "0.00000000000000000000001e33", "123456789012345678901234567890e-10",
  ])
  func `reads the nearest binary64`(text: String) throws {
    let expected = try #require(Double(text))
    #expect(try Self.number(text).bitPattern == expected.bitPattern)
    #expect(try Self.number("-" + text.drop { $0 == "-" }) == -expected.magnitude)
  }

  /// Decimals of every length, position of the point and exponent.
  static func randomDecimal(using generator: inout SeededGenerator) -> String {
    let lead = Int.random(in: 1...4, using: &generator) == 1
    var text = Bool.random(using: &generator) ? "-" : ""
    text += lead ? "0" : "\(Int.random(in: 1...9, using: &generator))"
    if !lead {
      for _ in 0..<Int.random(in: 0...20, using: &generator) {
        text += "\(Int.random(in: 0...9, using: &generator))"
      }
    }
    if Bool.random(using: &generator) {
      text += "."
      for _ in 0...Int.random(in: 0...25, using: &generator) {
        text += "\(Int.random(in: 0...9, using: &generator))"
      }
    }
    if Bool.random(using: &generator) {
      text += "e\(Int.random(in: -340...280, using: &generator))"
    }
    return text
  }

  @Test func `agrees with the C library on random decimals`() throws {
    let seed: UInt64 = 20_240_607
    var generator = SeededGenerator(seed: seed)
    let texts = (0..<20_000).map { _ in Self.randomDecimal(using: &generator) }
    let values = try Self.packed(texts)
    for (text, value) in zip(texts, values) {
      let expected = try #require(Double(text))
      // Packed numbers may be one step off, but never when rounded to binary32.
      #expect(abs(value.bitPattern.distance(to: expected.bitPattern)) <= 1, "seed \(seed): \(text)")
      #expect(Float(value) == Float(text), "seed \(seed): \(text)")
      if value != expected { #expect(expected.bitPattern & 0xFFF_FFFF == 0, "\(text)") }
    }
    for text in texts.prefix(2000) {
      #expect(try Self.number(text) == Double(text), "seed \(seed): \(text)")
    }
  }

  @Test func `reads back what was printed shortest`() throws {
    let seed: UInt64 = 5
    var generator = SeededGenerator(seed: seed)
    let wide = (0..<5000).map { _ in Double(bitPattern: generator.next()) }.filter(\.isFinite)
    let usual = (0..<20_000).map { Double.random(in: -1...1, using: &generator) * Double($0) }
    let values = wide + usual
    #expect(try Self.packed(values.map { "\($0)" }) == values, "seed \(seed)")
    for value in values.suffix(2000) + values.prefix(500) {
      #expect(try Self.number("\(value)").bitPattern == value.bitPattern, "seed \(seed)")
    }
    let floats = (0..<5000).map { _ in
      Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator))
    }
    .filter(\.isFinite)
    #expect(try Self.packed(floats.map { "\($0)" }).map { Float($0) } == floats, "seed \(seed)")
  }

  /// All digits of a value, which glibc prints exactly.
  static func exact(_ value: Double) -> String {
    let digits = String(format: "%.300f", value)
    return String(digits.reversed().drop { $0 == "0" }.reversed())
  }

  /// The decimal with one more digit, just above or just below.
  static func neighbours(_ exact: String) -> (below: String, above: String) {
    // The last digit of a fraction of a power of two is 5.
    ("\(exact.dropLast())49999999999999999999", "\(exact)00000000000000000001")
  }

  @Test func `rounds decimals beside a binary32 midpoint to the right side`() throws {
    let seed: UInt64 = 77
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      // 1e-40 to 1e6: subnormal values too.
      let scale = Float(pow(10, Double.random(in: -40...6, using: &generator)))
      let low = Float.random(in: 0.5...1, using: &generator) * scale
      let midpoint = (Double(low) + Double(low.nextUp)) / 2
      let text = Self.exact(midpoint)
      guard text.hasSuffix("5") else { continue }
      let (below, above) = Self.neighbours(text)
      let even = low.bitPattern & 1 == 0 ? low : low.nextUp
      for sign in [Float(1), -1] {
        let mark = sign < 0 ? "-" : ""
        let floats = try Self.packed([mark + below, mark + text, mark + above]).map { Float($0) }
        #expect(floats == [sign * low, sign * even, sign * low.nextUp], "seed \(seed): \(text)")
      }
      // Outside arrays the nearest binary64 stands.
      #expect(try Self.number(above) == midpoint)
    }
  }

  @Test func `rounds decimals beside midpoints of narrower types to the right side`() throws {
    let midpoints = [
      1.00048828125, 2049, 0.00390625 * 1.125, 3.0517578125e-05 + 2.98023223876953125e-08,
    ]
    for midpoint in midpoints {
      let text = Self.exact(midpoint)
      let exact = text.hasSuffix(".") ? text + "0" : text
      let values = try Self.packed(["\(exact)000000000000000000000000001", exact])
      #expect(values[0] == midpoint.nextUp && values[1] == midpoint)
    }
  }

  @Test func `stops at the largest binary32`() throws {
    let border = 0x1.ffffffp127
    let text = String(format: "%.0f", border)
    let values = try Self.packed(["\(text.dropLast())5.9", text, "\(text).001"])
    #expect(Float(values[0]) == .greatestFiniteMagnitude)
    #expect(Float(values[1]) == .infinity && Float(values[2]) == .infinity)
  }
}
