/// A request path with its percent escapes undone.
///
/// Decoding the whole path at once is sound because an encoded slash is refused, so that decoding
/// never makes a new segment.
struct DecodedPath {
  private(set) var bytes: [UInt8] = []
  /// The last colon that was not escaped, in the last segment.
  private var verbColon: Int?

  /// Where the last segment ends, its verb left out.
  var end: Int { verbColon ?? bytes.count }

  /// What follows the verb's colon; nil without a colon.
  var verb: ArraySlice<UInt8>? { verbColon.map { bytes[($0 + 1)...] } }

  /// Decodes a path.
  ///
  /// Nil without a leading slash, or with an invalid escape, an escaped or raw control character
  /// (NUL included), an escaped slash, or bytes that are not UTF-8.
  init?(_ path: String) {
    guard path.utf8.first == UInt8(ascii: "/") else { return nil }
    bytes.reserveCapacity(path.utf8.count)
    var source = path.utf8.makeIterator()
    var isEscaped = false
    while var byte = source.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = source.next().flatMap(Self.nibble),
          let low = source.next().flatMap(Self.nibble)
        else { return nil }
        byte = high << 4 | low
        guard byte != UInt8(ascii: "/") else { return nil }
        isEscaped = true
      case UInt8(ascii: "/"): verbColon = nil
      case UInt8(ascii: ":"): verbColon = bytes.count
      default: break
      }
      guard byte >= 0x20, byte != 0x7F else { return nil }
      bytes.append(byte)
    }
    guard !isEscaped || String(validating: bytes, as: UTF8.self) != nil else { return nil }
  }

  /// The end of the segment that starts at an offset.
  func endOfSegment(from start: Int) -> Int {
    bytes[start..<end].firstIndex(of: UInt8(ascii: "/")) ?? end
  }

  /// The text of a range.
  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
