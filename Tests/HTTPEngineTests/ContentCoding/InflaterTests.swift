import TestSupport
import Testing

@testable import HTTPEngine

@Suite struct InflaterTests {
  private static let text = Array("the quick brown fox jumps over the lazy dog".utf8)

  private func code(
    _ coded: [UInt8], _ coding: ContentEncoding, _ limits: InflationLimits? = nil
  ) -> ContentCodingError? {
    #expect(throws: ContentCodingError.self) {
      try ContentCodingHarness.inflate(
        coded, coding, limits: limits ?? ContentCodingHarness.generous)
    }
  }

  @Test(arguments: [0, 1, 43, 70_000, 1_000_000], [1, 2, 1000, Int.max])
  func `content comes back whatever the pieces`(count: Int, piece: Int) throws {
    guard count < 100_000 || piece > 2 else { return }
    let plain = ContentCodingHarness.content(count)
    for (coded, coding) in [
      (CodedContent.gzip(plain), ContentEncoding.gzip), (CodedContent.deflate(plain), .deflate),
      (CodedContent.rawDeflate(plain), .deflate),
    ] {
      for output in [1000, 1 << 20] {
        let back = try ContentCodingHarness.inflate(
          coded, coding, inputPiece: piece, outputPiece: output)
        #expect(back == plain)
      }
    }
  }

  @Test func `output of one byte at a time is enough`() throws {
    let coded = CodedContent.gzip(Self.text)
    let back = try ContentCodingHarness.inflate(coded, .gzip, inputPiece: 1, outputPiece: 1)
    #expect(back == Self.text)
  }

  @Test func `members of gzip follow one another, empty ones too`() throws {
    let members = CodedContent.gzip(Self.text) + CodedContent.gzip([]) + CodedContent.gzip([7, 8])
    for piece in [1, 5, Int.max] {
      let back = try ContentCodingHarness.inflate(members, .gzip, inputPiece: piece)
      #expect(back == Self.text + [7, 8])
    }
  }

  @Test func `content that ends anywhere inside is truncated`() {
    for (coded, coding) in [
      (CodedContent.gzip(Self.text), ContentEncoding.gzip),
      (CodedContent.deflate(Self.text), .deflate), (CodedContent.rawDeflate(Self.text), .deflate),
    ] {
      for count in 0..<coded.count {
        let error = code(Array(coded.prefix(count)), coding)
        #expect(error?.code == .truncated)
        #expect(error?.offset == count)
      }
    }
  }

  @Test func `a second member that ends inside is truncated`() {
    let member = CodedContent.gzip(Self.text)
    #expect(code(member + member.dropLast(), .gzip)?.code == .truncated)
    #expect(code(member + [0x1F], .gzip)?.code == .truncated)
  }

  @Test func `a wrong checksum or length is malformed`() {
    for tail in 1...8 {
      var coded = CodedContent.gzip(Self.text)
      coded[coded.count - tail] ^= 0x10
      #expect(code(coded, .gzip)?.code == .malformed)
    }
    for tail in 1...4 {
      var coded = CodedContent.deflate(Self.text)
      coded[coded.count - tail] ^= 0x10
      #expect(code(coded, .deflate)?.code == .malformed)
    }
  }

  @Test func `bytes after the end are told from members`() {
    #expect(code(CodedContent.gzip(Self.text) + [0], .gzip)?.code == .trailingBytes)
    #expect(code(CodedContent.gzip(Self.text) + [0x1F, 0], .gzip)?.code == .malformed)
    let deflated = CodedContent.deflate(Self.text)
    #expect(code(deflated + [0x1F], .deflate)?.code == .trailingBytes)
    #expect(code(deflated + deflated, .deflate)?.code == .trailingBytes)
    #expect(code(CodedContent.rawDeflate(Self.text) + [0], .deflate)?.code == .trailingBytes)
  }

  @Test func `what is not coded is malformed`() {
    #expect(code(Array("{\"a\":1}".utf8), .gzip)?.code == .malformed)
    // Any byte may begin bare deflate; this text goes on for longer than it is.
    #expect(code(Array("{\"a\":1}".utf8), .deflate)?.code == .truncated)
    #expect(code([0xFF, 0xFF], .deflate)?.code == .malformed)
    #expect(code(CodedContent.deflate(Self.text), .gzip)?.code == .malformed)
    #expect(code(CodedContent.gzip(Self.text), .deflate)?.code == .malformed)
  }

  @Test func `a dictionary that nobody sent is asked for in vain`() {
    let coded = CodedContent.deflate(Self.text, dictionary: Array("quick brown".utf8))
    #expect(code(coded, .deflate)?.code == .dictionaryNeeded)
  }

  @Test(arguments: [0, 1, 999, 1000, 100_000])
  func `the size is bounded to the byte`(limit: Int) throws {
    let limits = InflationLimits(maximumBytes: limit, maximumRatio: 1032)
    let fits = CodedContent.gzip([UInt8](repeating: 7, count: limit))
    #expect(try ContentCodingHarness.inflate(fits, .gzip, limits: limits).count == limit)
    let exceeds = CodedContent.gzip([UInt8](repeating: 7, count: limit + 1))
    let error = code(exceeds, .gzip, limits)
    #expect(error?.code == .tooLarge)
    #expect(error?.limitBytes == limit)
  }

  @Test func `a bomb is stopped long before its end`() {
    let bomb = CodedContent.gzip([UInt8](repeating: 0, count: 64 << 20))
    let limits = InflationLimits(maximumBytes: 1 << 30, maximumRatio: 100)
    let error = code(bomb, .gzip, limits)
    #expect(error?.code == .ratioExceeded)
    #expect(error?.limitBytes == InflationLimits.bytesWithoutRatio)
    #expect((error?.offset ?? .max) < 64 << 10)
  }

  @Test func `many members are one body to the limits`() {
    let member = CodedContent.gzip([UInt8](repeating: 0, count: 600_000))
    let limits = InflationLimits(maximumBytes: 1_000_000, maximumRatio: 1032)
    #expect(code(member + member, .gzip, limits)?.code == .tooLarge)
    let ratio = InflationLimits(maximumBytes: 1 << 30, maximumRatio: 100)
    #expect(code(member + member, .gzip, ratio)?.code == .ratioExceeded)
  }

  @Test func `the first MiB is in proportion to anything`() throws {
    let limits = InflationLimits(maximumBytes: 1 << 30, maximumRatio: 1)
    let plain = [UInt8](repeating: 0, count: InflationLimits.bytesWithoutRatio)
    let back = try ContentCodingHarness.inflate(CodedContent.gzip(plain), .gzip, limits: limits)
    #expect(back.count == plain.count)
    #expect(code(CodedContent.gzip(plain + [0]), .gzip, limits)?.code == .ratioExceeded)
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func `damaged content never comes back as something longer than allowed`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let plain = ContentCodingHarness.content(5000, seed: seed)
    let limits = InflationLimits(maximumBytes: 6000, maximumRatio: 10)
    for _ in 0..<300 {
      var coded = CodedContent.gzip(plain)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        coded[Int.random(in: 0..<coded.count, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      let back = try? ContentCodingHarness.inflate(coded, .gzip, limits: limits)
      // The checksum lets nothing through but the header's idle fields.
      #expect(back == nil || back == plain, "seed \(seed)")
    }
  }

  @Test func `proportion does not overflow`() {
    let limits = InflationLimits(maximumBytes: .max, maximumRatio: .max)
    #expect(limits.allowance(consumed: .max) == .max)
    #expect(limits.allowance(consumed: 0) == InflationLimits.bytesWithoutRatio)
  }
}
