/// Checks the lines of a field section byte by byte, whatever pieces they arrive in.
///
/// Strict where parsers differ: every line ends in CR LF, none is folded, names are tokens that
/// touch their colon, values hold no control characters (RFC 9112 §2.2, §5).
struct FieldScanner {
  private enum State {
    case lineStart
    case name
    case value
    case lineFeed
    case lastLineFeed
  }

  private var state = State.lineStart
  /// Lines begun so far.
  private(set) var lineCount = 0
  private let maximumLines: Int

  init(maximumLines: Int) { self.maximumLines = maximumLines }

  /// Whether reading has stopped at the first byte of a line too many.
  var hasTooManyLines: Bool { lineCount > maximumLines }

  /// Reads on; returns the position after the empty line that ends the section, nil for more.
  mutating func scan(
    _ bytes: Span<UInt8>, from position: inout Int
  ) throws(MessageFault) -> Int? {
    while true {
      skip(bytes, &position)
      guard position < bytes.count else { return nil }
      let byte = bytes[position]
      position += 1
      switch state {
      case .lineStart:
        try startLine(byte)
        if hasTooManyLines { return nil }
      case .name: try readName(byte)
      case .value: try readValue(byte)
      case .lineFeed:
        guard byte == 0x0A else { throw .lineEnding }
        state = .lineStart
      case .lastLineFeed:
        guard byte == 0x0A else { throw .lineEnding }
        return position
      }
    }
  }

  /// Goes past bytes that only continue a name or a value.
  private func skip(_ bytes: Span<UInt8>, _ position: inout Int) {
    switch state {
    case .name: position = Characters.endOfToken(in: bytes, from: position)
    case .value: position = Characters.endOfFieldValue(in: bytes, from: position)
    case .lineStart, .lineFeed, .lastLineFeed: break
    }
  }

  private mutating func startLine(_ byte: UInt8) throws(MessageFault) {
    if byte == 0x0D {
      state = .lastLineFeed
      return
    }
    guard byte != 0x0A else { throw .lineEnding }
    guard !Characters.isWhitespace(byte) else { throw .foldedLine }
    guard Characters.token.contains(byte) else { throw .fieldName }
    lineCount += 1
    state = .name
  }

  private mutating func readName(_ byte: UInt8) throws(MessageFault) {
    if byte == UInt8(ascii: ":") {
      state = .value
    } else if !Characters.token.contains(byte) {
      throw .fieldName
    }
  }

  private mutating func readValue(_ byte: UInt8) throws(MessageFault) {
    if Characters.isFieldValue(byte) { return }
    switch byte {
    case 0x0D: state = .lineFeed
    case 0x0A: throw .lineEnding
    default: throw .fieldValue
    }
  }
}

extension MessageFault: Error {}
