import TestSupport

@testable import HTTPEngine

/// Drives inflaters and deflaters over whole content, in pieces of any size.
enum ContentCodingHarness {
  static let generous = InflationLimits(maximumBytes: 1 << 30, maximumRatio: 1032)

  /// Inflates content to its end.
  static func inflate(
    _ coded: [UInt8], _ coding: ContentEncoding, limits: InflationLimits = generous,
    inputPiece: Int = .max, outputPiece: Int = 64 << 10
  ) throws(ContentCodingError) -> [UInt8] {
    var inflater = try Inflater(coding, limits: limits)
    var plain: [UInt8] = []
    var output = [UInt8](repeating: 0, count: outputPiece)
    while !inflater.isAtEnd || inflater.consumed < coded.count {
      let start = inflater.consumed
      let end = start + min(inputPiece, coded.count - start)
      var span = output.mutableSpan
      // Any bytes are valid UInt8s.
      var raw = unsafe span.mutableBytes
      let piece = unsafe coded.span.bytes.extracting(start..<end)
      let progress = try inflater.inflate(piece, into: &raw)
      if progress.consumed == 0, progress.produced == 0 { try inflater.finish() }
      plain += output.prefix(progress.produced)
    }
    return plain
  }

  /// Deflates content to its end.
  static func deflate(
    _ plain: [UInt8], _ coding: ContentEncoding, level: Int = 1, inputPiece: Int = .max,
    outputPiece: Int = 64 << 10
  ) throws(ContentCodingError) -> [UInt8] {
    var deflater = try Deflater(coding, level: level)
    var coded: [UInt8] = []
    var output = [UInt8](repeating: 0, count: outputPiece)
    var start = 0
    while true {
      let end = start + min(inputPiece, plain.count - start)
      var span = output.mutableSpan
      // Any bytes are valid UInt8s.
      var raw = unsafe span.mutableBytes
      let piece = unsafe plain.span.bytes.extracting(start..<end)
      let progress = try deflater.deflate(piece, into: &raw, isLast: end == plain.count)
      start += progress.consumed
      coded += output.prefix(progress.produced)
      if progress.isAtEnd { return coded }
    }
  }

  /// Bytes that neither vanish nor resist when they are compressed.
  static func content(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next() & 0x0F) }
  }
}
