import TestSupport
import Testing

@testable import HTTPEngine

@Suite struct DeflaterTests {
  @Test(arguments: [ContentEncoding.gzip, .deflate], [0, 1, 1000, 70_000, 1_000_000])
  func `zlib reads what is written, whatever the pieces`(
    coding: ContentEncoding, count: Int
  ) throws {
    let plain = ContentCodingHarness.content(count)
    for (input, output) in [(Int.max, 1 << 20), (1000, 100), (count / 2 + 1, 7000)] {
      let coded = try ContentCodingHarness.deflate(
        plain, coding, inputPiece: input, outputPiece: output)
      #expect(CodedContent.inflated(coded) == plain)
      #expect(coding == .gzip ? coded.first == 0x1F : coded.first == 0x78)
    }
  }

  @Test(arguments: [1, 6, 9, 0, 12])
  func `any level works, those out of range as the nearest`(level: Int) throws {
    let plain = ContentCodingHarness.content(10_000)
    let coded = try ContentCodingHarness.deflate(plain, .gzip, level: level)
    #expect(coded.count < plain.count * 7 / 10)
    #expect(try ContentCodingHarness.inflate(coded, .gzip) == plain)
  }

  @Test(arguments: ContentEncoding.allCases, [0, 1, 17, 4096, 300_000])
  func `noise does not outgrow the bound`(coding: ContentEncoding, count: Int) throws {
    var generator = SeededGenerator(seed: 5)
    let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let coded = try ContentCodingHarness.deflate(noise, coding)
    let deflater = try Deflater(coding)
    #expect(coded.count <= deflater.bound(count))
  }

  @Test func `after the end nothing more is written`() throws {
    var deflater = try Deflater(.gzip)
    var output = [UInt8](repeating: 0, count: 100)
    var span = output.mutableSpan
    // Any bytes are valid UInt8s.
    var raw = unsafe span.mutableBytes
    let first = try unsafe deflater.deflate(
      [UInt8](repeating: 1, count: 9).span.bytes, into: &raw, isLast: true)
    #expect(first.isAtEnd && first.consumed == 9 && first.produced > 18)
    let second = try unsafe deflater.deflate([UInt8]().span.bytes, into: &raw, isLast: true)
    #expect(second == CodingProgress(consumed: 0, produced: 0, isAtEnd: true))
  }
}
