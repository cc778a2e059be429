/// Finds the end of a request head and enforces its limits while it arrives.
///
/// The bytes of an unfinished head are shown again with more after them; the scanner goes on
/// where it stopped, so every byte is looked at once.
struct HeadScanner {
  private enum State {
    case start
    case skippedReturn
    case requestLine
    case requestLineFeed
    case fields
  }

  private let limits: ServerConfiguration.Limits
  private var state = State.start
  private var fields: FieldScanner
  private var position = 0
  /// Whether the space after the method has been read.
  private var hasMethod = false
  /// Where the request line is, once it is complete; without its CR LF.
  private(set) var requestLine = 0..<0

  init(limits: ServerConfiguration.Limits) {
    self.limits = limits
    fields = FieldScanner(maximumLines: limits.fieldCount)
  }

  /// The number of field lines.
  var fieldCount: Int { fields.lineCount }

  /// Whether a byte of the request has arrived; an empty line before it does not count.
  var hasStarted: Bool { state != .start && state != .skippedReturn }

  /// Reads on; returns the length of the head when it is complete.
  mutating func scan(_ bytes: Span<UInt8>) throws(Refusal) -> Int? {
    if state != .fields { try scanRequestLine(bytes) }
    return state == .fields ? try scanFields(bytes) : nil
  }

  /// Bytes of the request line so far, without its CR LF.
  private var lineLength: Int {
    switch state {
    case .fields: requestLine.count
    case .requestLineFeed: position - 1 - requestLine.lowerBound
    default: position - requestLine.lowerBound
    }
  }

  /// Stops at the first byte that breaks a rule or the limit, wherever the pieces end.
  private mutating func scanRequestLine(_ bytes: Span<UInt8>) throws(Refusal) {
    while position < bytes.count, state != .fields {
      if state == .requestLine { skipVisible(bytes) }
      guard position < bytes.count else { break }
      let byte = bytes[position]
      position += 1
      do throws(MessageFault) { try readLineByte(byte) } catch { throw .malformedMessage(error) }
      guard lineLength <= limits.requestLineBytes else {
        // RFC 9112 §3: 414 is about a target; without one this is no request line.
        throw hasMethod
          ? .targetTooLong(limitBytes: limits.requestLineBytes) : .malformedMessage(.requestLine)
      }
    }
  }

  /// Runs over visible characters, as far as the limit allows.
  @inline(__always)
  private mutating func skipVisible(_ bytes: Span<UInt8>) {
    let end = min(bytes.count, requestLine.lowerBound + limits.requestLineBytes)
    var next = position
    while next < end, bytes[next] &- 0x21 < 0x5E { next += 1 }
    position = next
  }

  /// One empty line before the request line is tolerated (RFC 9112 §2.2).
  private mutating func readLineByte(_ byte: UInt8) throws(MessageFault) {
    switch state {
    case .start where byte == 0x0D && position == 1: state = .skippedReturn
    case .start, .requestLine: try readRequestLine(byte)
    case .skippedReturn:
      guard byte == 0x0A else { throw .lineEnding }
      requestLine = position..<position
      state = .start
    case .requestLineFeed:
      guard byte == 0x0A else { throw .lineEnding }
      requestLine = requestLine.lowerBound..<position - 2
      state = .fields
    case .fields: return
    }
  }

  private mutating func readRequestLine(_ byte: UInt8) throws(MessageFault) {
    if byte > 0x20 && byte < 0x7F || byte == 0x20 && state == .requestLine {
      state = .requestLine
      hasMethod = hasMethod || byte == 0x20
      return
    }
    switch byte {
    case 0x0D where state == .requestLine: state = .requestLineFeed
    case 0x0A: throw .lineEnding
    default: throw state == .start ? .notHTTP : .requestLine
    }
  }

  private mutating func scanFields(_ bytes: Span<UInt8>) throws(Refusal) -> Int? {
    let limit = requestLine.upperBound + 2 + limits.fieldBytes
    let end: Int?
    do throws(MessageFault) {
      end = try fields.scan(bytes.extracting(first: limit), from: &position)
    } catch {
      throw .malformedMessage(error)
    }
    if fields.hasTooManyLines || end == nil && position >= limit {
      throw .fieldsTooLarge(limitBytes: limits.fieldBytes)
    }
    return end
  }
}
