internal import TokenPruning

/// The 128-bit digest of a strategy and the selection that it made.
///
/// The digest is the first half of the SHA-256 of a canonical byte string (docs/wire-format.md),
/// so it is the same in every encoding, on every kernel set and at any thread count. Whole
/// numbers are 32 bits, counts of lists 64 bits, reals their IEEE 754 bits, all little-endian. A
/// value that may be absent follows one byte, 0 or 1; a list follows its count.
struct AnswerDigest {
  private var bytes: [UInt8] = []

  /// 32 lowercase hexadecimal digits.
  static func hexadecimal(strategy: PruningStrategy, selection: Selection) -> String {
    var digest = AnswerDigest()
    digest.bytes.reserveCapacity(256 + 20 * selection.count + 8 * selection.merges.sources.count)
    digest.append(strategy)
    digest.append(selection)
    var text: [UInt8] = []
    text.reserveCapacity(32)
    for byte in SHA256Digest.bytes(of: digest.bytes).prefix(16) {
      text.append(hexadecimalDigits[Int(byte >> 4)])
      text.append(hexadecimalDigits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static let hexadecimalDigits = Array("0123456789abcdef".utf8)

  // MARK: What goes in

  private mutating func append(_ strategy: PruningStrategy) {
    append(optional: strategy.globalThreshold)
    append(strategy.entropyWeight)
    bytes.append(strategy.recycling == .grid ? 1 : 0)
    append(optional: strategy.recyclingCellSize)
    append(Int32(clamping: strategy.layers))
    append(count: strategy.stages.count)
    for stage in strategy.stages {
      append(Int32(clamping: stage.layer))
      append(optional: stage.retainRatio)
    }
    append(optional: strategy.tokenBudget)
    bytes.append(strategy.count == .exact ? 1 : 0)
  }

  private mutating func append(_ selection: Selection) {
    append(Int32(clamping: selection.inputTokens))
    append(selection.retainedIndices)
    append(count: selection.recycledMask.count)
    bytes += selection.recycledMask
    append(selection.merges.offsets)
    append(selection.merges.sources)
    append(selection.merges.weights)
    append(count: selection.stages.count)
    for stage in selection.stages { append(stage.retainedRows) }
  }

  // MARK: How it goes in

  private mutating func append(_ value: Int32) {
    append(UInt64(UInt32(bitPattern: value)), byteCount: 4)
  }

  private mutating func append(_ value: Double) { append(value.bitPattern, byteCount: 8) }

  private mutating func append(optional value: Double?) {
    bytes.append(value == nil ? 0 : 1)
    if let value { append(value) }
  }

  private mutating func append(count: Int) { append(UInt64(count), byteCount: 8) }

  private mutating func append(_ values: [Int32]) {
    append(count: values.count)
    // Integers have no padding, and memory is little-endian as the tensors' own.
    unsafe values.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }

  private mutating func append(_ values: [Float]) {
    append(count: values.count)
    // As above.
    unsafe values.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }

  private mutating func append(_ value: UInt64, byteCount: Int) {
    for byte in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }
}
