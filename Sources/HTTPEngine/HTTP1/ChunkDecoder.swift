/// Reads a chunked body (RFC 9112 §7.1) from pieces of any size.
///
/// Written out rather than left to the parser because the rules that keep two readers in step
/// (exact line ends, no sign, prefix or whitespace in a size, bounded extensions) are the point.
struct ChunkDecoder {
  /// What the next bytes are.
  enum Step: Equatable {
    /// Nothing: all input is used up.
    case needsInput
    /// A chunk of that many bytes begins.
    case chunk(Int)
    /// Content.
    case data(Range<Int>)
    /// The body is complete.
    case end(HeaderFields)
  }

  private enum State {
    case size(digits: Int)
    case lineExtension(ChunkExtension)
    case sizeLineFeed
    case data(remaining: Int)
    case dataReturn
    case dataLineFeed
    case trailers
  }

  private let limits: ServerConfiguration.Limits
  private var state = State.size(digits: 0)
  private var size = 0
  private var extensionBytes = 0
  private var trailers: TrailerSection

  init(limits: ServerConfiguration.Limits) {
    self.limits = limits
    trailers = TrailerSection(limits: limits)
  }

  /// Reads on from `position` until something can be told.
  mutating func next(
    _ input: Span<UInt8>, from position: inout Int
  ) throws(MessageFault) -> Step {
    while position < input.count {
      switch state {
      case .data(let remaining): return takeData(remaining, input, &position)
      case .trailers:
        guard let fields = try trailers.read(input, from: &position) else { return .needsInput }
        return .end(fields)
      default: break
      }
      let byte = input[position]
      position += 1
      if let step = try readDelimiter(byte) { return step }
    }
    return .needsInput
  }

  private mutating func takeData(
    _ remaining: Int, _ input: Span<UInt8>, _ position: inout Int
  ) -> Step {
    let count = min(remaining, input.count - position)
    let range = position..<position + count
    position += count
    state = count == remaining ? .dataReturn : .data(remaining: remaining - count)
    return .data(range)
  }

  private mutating func readDelimiter(_ byte: UInt8) throws(MessageFault) -> Step? {
    switch state {
    case .size(let digits): try readSize(byte, digits)
    case .lineExtension(var line):
      extensionBytes += 1
      guard extensionBytes <= limits.chunkExtensionBytes else { throw .chunkExtensions }
      let isOver = try line.read(byte)
      state = isOver ? .sizeLineFeed : .lineExtension(line)
    case .sizeLineFeed:
      guard byte == 0x0A else { throw .chunk }
      state = size == 0 ? .trailers : .data(remaining: size)
      if size > 0 { return .chunk(size) }
    case .dataReturn:
      guard byte == 0x0D else { throw .chunk }
      state = .dataLineFeed
    case .dataLineFeed:
      guard byte == 0x0A else { throw .chunk }
      size = 0
      state = .size(digits: 0)
    case .data, .trailers: break
    }
    return nil
  }

  /// 1*HEXDIG; sixteen digits at most, so that the size cannot overflow unseen.
  private mutating func readSize(_ byte: UInt8, _ digits: Int) throws(MessageFault) {
    if let digit = Characters.hexValue(byte) {
      guard digits < 16, size < 1 << 58 else { throw .chunk }
      size = size << 4 | Int(digit)
      state = .size(digits: digits + 1)
      return
    }
    guard digits > 0 else { throw .chunk }
    if byte == 0x0D {
      state = .sizeLineFeed
      return
    }
    var line = ChunkExtension()
    _ = try line.read(byte)
    extensionBytes += 1
    state = .lineExtension(line)
  }
}

/// chunk-ext = *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ).
struct ChunkExtension {
  private enum State {
    case beforeSemicolon
    case beforeName
    case name
    case beforeValue
    case value
    case quoted
    case escaped
    case afterValue
  }

  private var state = State.beforeSemicolon

  /// Takes one byte; returns true at the CR that ends the line.
  mutating func read(_ byte: UInt8) throws(MessageFault) -> Bool {
    switch (state, byte) {
    case (.name, 0x0D), (.value, 0x0D), (.afterValue, 0x0D): return true
    case (.quoted, UInt8(ascii: "\"")): state = .afterValue
    case (.quoted, UInt8(ascii: "\\")): state = .escaped
    case (.quoted, _), (.escaped, _):
      guard Characters.isFieldValue(byte) else { throw .chunk }
      state = .quoted
    case (.beforeSemicolon, UInt8(ascii: ";")), (.name, UInt8(ascii: ";")),
      (.value, UInt8(ascii: ";")), (.afterValue, UInt8(ascii: ";")):
      state = .beforeName
    case (.name, UInt8(ascii: "=")): state = .beforeValue
    case (.beforeValue, UInt8(ascii: "\"")): state = .quoted
    case (.beforeSemicolon, _), (.beforeName, _), (.beforeValue, _), (.afterValue, _):
      try readWhitespaceOrToken(byte)
    default:
      guard Characters.token.contains(byte) else { throw .chunk }
    }
    return false
  }

  /// Bad whitespace is allowed where the grammar says BWS; after a name or value it is not, since
  /// nothing there needs it.
  private mutating func readWhitespaceOrToken(_ byte: UInt8) throws(MessageFault) {
    if Characters.isWhitespace(byte) { return }
    guard Characters.token.contains(byte) else { throw .chunk }
    switch state {
    case .beforeName: state = .name
    case .beforeValue: state = .value
    default: throw .chunk
    }
  }
}
