/// Walks a comma-separated list of tokens (RFC 9110 §5.6.1) in field values.
struct FieldList {
  /// The ranges of the elements without surrounding whitespace; empty elements included.
  static func elements(of value: Range<Int>, in bytes: Span<UInt8>) -> [Range<Int>] {
    var elements: [Range<Int>] = []
    var start = value.lowerBound
    for index in value where bytes[index] == UInt8(ascii: ",") {
      elements.append(Characters.trimmed(start..<index, of: bytes))
      start = index + 1
    }
    elements.append(Characters.trimmed(start..<value.upperBound, of: bytes))
    return elements
  }

  /// Whether one of the values lists that lower-case token.
  static func contains(
    _ token: StaticString, in values: [Range<Int>], of bytes: Span<UInt8>
  ) -> Bool {
    for value in values {
      for element in elements(of: value, in: bytes)
      where Characters.equals(bytes.extracting(element), token) { return true }
    }
    return false
  }
}
