/// Collects the fields after a chunked body (RFC 9112 §7.1.2), within a limit.
struct TrailerSection {
  private let limits: ServerConfiguration.Limits
  private var scanner: FieldScanner
  private var bytes: [UInt8] = []

  /// Fields that come too late after the content.
  ///
  /// Framing, routing, authentication and format must be known before it. A sender must not put them
  /// here (RFC 9110 §6.5.1), so one that does wants somebody to merge them into the head.
  static var forbidden: KnownField.Set {
    [
      .host, .contentLength, .transferEncoding, .connection, .expect, .trailer, .keepAlive,
      .upgrade, .te, .contentType, .contentEncoding, .authorization, .disguisedFraming,
    ]
  }

  init(limits: ServerConfiguration.Limits) {
    self.limits = limits
    scanner = FieldScanner(maximumLines: limits.fieldCount)
  }

  /// Reads on; returns the fields when the section is complete.
  mutating func read(
    _ input: Span<UInt8>, from position: inout Int
  ) throws(MessageFault) -> HeaderFields? {
    let start = position
    let room = limits.trailerBytes - bytes.count
    let end = try scanner.scan(input.extracting(first: start + room), from: &position)
    for index in start..<position { bytes.append(input[index]) }
    guard !scanner.hasTooManyLines else { throw .trailer }
    guard end != nil else {
      guard bytes.count < limits.trailerBytes else { throw .trailer }
      return nil
    }
    let fields = collected
    guard fields.known.isDisjoint(with: Self.forbidden) else { throw .trailer }
    return fields
  }

  /// The scanner has made sure that each line is a name, a colon, a value and CR LF.
  private var collected: HeaderFields {
    guard scanner.lineCount > 0 else { return HeaderFields() }
    var lines: [HeaderFields.Line] = []
    var start = 0
    while bytes[start] != 0x0D {
      var colon = start
      while bytes[colon] != UInt8(ascii: ":") { colon += 1 }
      var end = colon
      while bytes[end] != 0x0D { end += 1 }
      let value = Characters.trimmed(colon + 1..<end, of: bytes.span)
      lines.append(
        HeaderFields.Line(
          nameStart: UInt32(start), nameCount: UInt32(colon - start),
          valueStart: UInt32(value.lowerBound), valueCount: UInt32(value.count)))
      start = end + 2
    }
    // Without the empty line at the end: a block of fields is lines only.
    return HeaderFields(wire: Array(bytes[..<start]), lines: lines)
  }
}
