// The input is a byte of choices, then coded content, or content that is coded first.
import FuzzHarness
import HTTPEngine
import Tensors

/// Inflates arbitrary bytes whole and in pieces; what is deflated has to come back.
@main struct FuzzInflate {
  private static let limits = InflationLimits(maximumBytes: 1 << 20, maximumRatio: 20)
  private static let everything = InflationLimits(maximumBytes: .max, maximumRatio: 1032)

  static func main() {
    _ = unsafe FuzzHarness.run { (data, size) in
      unsafe FuzzInflate.test(FuzzHarness.bytes(copying: data, size))
      return 0
    }
  }

  private static func test(_ input: [UInt8]) {
    guard let choices = input.first else { return }
    let rest = TensorStorage(exactly: input.dropFirst())
    let coding = [ContentEncoding.gzip, .deflate, .identity][Int(choices & 3) % 3]
    if choices & 4 == 0 {
      checkInflation(rest, coding, pieces: 1 + Int(choices >> 3))
    } else {
      checkRoundTrip(rest, coding, pieces: 1 + Int(choices >> 3))
    }
  }

  private static func checkInflation(
    _ coded: TensorStorage, _ coding: ContentEncoding, pieces: Int
  ) {
    let whole = Result { () throws(ContentCodingError) in
      try inflate(coded, coding, limits, input: .max, output: 64 << 10)
    }
    let parted = Result { () throws(ContentCodingError) in
      try inflate(coded, coding, limits, input: pieces, output: 7 * pieces)
    }
    switch (whole, parted) {
    case (.success(let one), .success(let other)):
      FuzzHarness.require(one == other, "pieces make no difference to content")
      FuzzHarness.require(
        one.count <= limits.allowance(consumed: coded.byteCount), "nothing exceeds its limits")
    case (.failure(let one), .failure(let other)):
      FuzzHarness.require(one.offset <= coded.byteCount, "a fault lies inside the content")
      // Where the size ends it, smaller pieces end it earlier, or at a fault that lies before.
      let ended = [one.code, other.code].contains { $0 == .tooLarge || $0 == .ratioExceeded }
      FuzzHarness.require(ended || one.code == other.code, "pieces make no difference to faults")
    case (.success, .failure(let fault)), (.failure(let fault), .success):
      // The proportion is looked at after each piece, so larger pieces see less of it.
      FuzzHarness.require(fault.code == .ratioExceeded, "pieces only matter to the proportion")
    }
  }

  private static func checkRoundTrip(
    _ plain: TensorStorage, _ coding: ContentEncoding, pieces: Int
  ) {
    do throws(ContentCodingError) {
      let coded = try deflate(plain, coding, input: pieces, output: 3 * pieces)
      FuzzHarness.require(
        try coded.count <= Deflater(coding).bound(plain.byteCount),
        "coded content has a bound")
      let content = TensorStorage(exactly: coded[...])
      guard coding != .identity else { return }
      let back = try inflate(content, coding, everything, input: 5 * pieces, output: pieces)
      FuzzHarness.require(
        TensorStorage(exactly: back[...]).bytes.hasSameBytes(as: plain.bytes),
        "what is deflated comes back")
    } catch { fatalError("what is deflated cannot be inflated: \(error)") }
  }

  private static func inflate(
    _ coded: TensorStorage, _ coding: ContentEncoding, _ limits: InflationLimits,
    input: Int, output: Int
  ) throws(ContentCodingError) -> [UInt8] {
    var inflater = try Inflater(coding, limits: limits)
    var plain: [UInt8] = []
    var memory = [UInt8](repeating: 0, count: output)
    while !inflater.isAtEnd || inflater.consumed < coded.byteCount {
      let start = inflater.consumed
      let piece = coded.bytes.extracting(start..<start + min(input, coded.byteCount - start))
      var span = memory.mutableSpan
      // Any bytes are valid UInt8s.
      var raw = unsafe span.mutableBytes
      let progress = try inflater.inflate(piece, into: &raw)
      FuzzHarness.require(progress.produced <= output, "nothing is written beyond the memory")
      if progress.consumed == 0, progress.produced == 0 { try inflater.finish() }
      plain += memory.prefix(progress.produced)
    }
    return plain
  }

  private static func deflate(
    _ plain: TensorStorage, _ coding: ContentEncoding, input: Int, output: Int
  ) throws(ContentCodingError) -> [UInt8] {
    var deflater = try Deflater(coding)
    var coded: [UInt8] = []
    var memory = [UInt8](repeating: 0, count: output)
    var start = 0
    while true {
      let end = start + min(input, plain.byteCount - start)
      let piece = plain.bytes.extracting(start..<end)
      var span = memory.mutableSpan
      // Any bytes are valid UInt8s.
      var raw = unsafe span.mutableBytes
      let progress = try deflater.deflate(piece, into: &raw, isLast: end == plain.byteCount)
      start += progress.consumed
      coded += memory.prefix(progress.produced)
      if progress.isAtEnd { return coded }
    }
  }
}
