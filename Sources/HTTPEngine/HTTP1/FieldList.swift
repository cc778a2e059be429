/// Takes a comma-separated list (RFC 9110 §5.6.1) apart.
enum FieldList {
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
}
