internal import CLLHTTP

/// Turns a complete head into a method, lines and a version, with llhttp.
///
/// llhttp splits the head and checks it once more in strict mode; ``HeadScanner`` has already
/// refused what llhttp 8 tolerates (a lone CR as line end, folded lines). One parser serves all
/// connections of a loop, because a head is shown to it whole.
///
/// Safety: the parser and its events are allocated here, freed in `deinit`, used by one thread;
/// llhttp keeps no pointer to the input after `parse` returns.
@safe
final class HTTP1Parser {
  private let parser: UnsafeMutablePointer<llhttp_t>
  private let settings: UnsafeMutablePointer<llhttp_settings_t>
  private let events: UnsafeMutablePointer<HeadEvents>

  init() {
    unsafe parser = .allocate(capacity: 1)
    unsafe settings = .allocate(capacity: 1)
    unsafe events = .allocate(capacity: 1)
    unsafe events.initialize(to: HeadEvents())
    unsafe parser.initialize(to: llhttp_t())
    unsafe settings.initialize(to: llhttp_settings_t())
    unsafe llhttp_settings_init(settings)
    unsafe settings.pointee.on_header_field = headerField
    unsafe settings.pointee.on_header_value = headerValue
    unsafe settings.pointee.on_headers_complete = headersComplete
    unsafe llhttp_init(parser, HTTP_REQUEST, settings)
    unsafe parser.pointee.data = UnsafeMutableRawPointer(events)
    // Versions are judged by RequestLine, which knows 505 from 400.
    unsafe parser.pointee.lenient_flags |= UInt8(LENIENT_VERSION.rawValue)
  }

  deinit {
    unsafe events.deinitialize(count: 1)
    unsafe events.deallocate()
    unsafe settings.deallocate()
    unsafe parser.deallocate()
  }

  /// Splits a head that ends with its empty line.
  ///
  /// - Parameters:
  ///   - head: The bytes, request line first.
  ///   - fieldCount: How many field lines the scanner has counted.
  ///   - fieldsStart: Where the first field line starts.
  /// - Returns: The method and the fields.
  /// - Throws: Any refusal of a malformed head.
  func parse(
    _ head: Span<UInt8>, fieldCount: Int, fieldsStart: Int
  ) throws(Refusal) -> (method: Method, fields: HeaderFields) {
    unsafe llhttp_reset(parser)
    unsafe events.pointee.reset(capacity: fieldCount)
    let code = unsafe head.withUnsafeBytes { bytes in
      unsafe events.pointee.base = UInt(bitPattern: bytes.baseAddress)
      return unsafe llhttp_execute(
        parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    if code == HPE_INVALID_CONTENT_LENGTH, let plain = HTTP1Parser.withoutTrailingTabs(head) {
      return try parse(plain.span, fieldCount: fieldCount, fieldsStart: fieldsStart)
    }
    let isComplete = unsafe events.pointee.isComplete
    guard code == HPE_PAUSED || code == HPE_PAUSED_UPGRADE, isComplete else {
      throw HTTP1Parser.refusal(for: code)
    }
    // Two readers of the same lines must agree, or somebody could hide one (RFC 9112 §11.2).
    guard unsafe events.pointee.lines.count == fieldCount else {
      throw .malformedMessage(.fieldName)
    }
    return (try method(), fields(of: head, from: fieldsStart))
  }

  /// A copy of the head with spaces for the tabs at the ends of its lines; nil if there are none.
  ///
  /// llhttp takes a space after the digits of a Content-Length, but no tab. Both are optional
  /// whitespace, which is not part of any value (RFC 9110 §5.6.3, RFC 9112 §5), so the copy says
  /// the same; whitespace inside a value stays as it is.
  private static func withoutTrailingTabs(_ head: Span<UInt8>) -> [UInt8]? {
    var copy: [UInt8]?
    var isTrailing = false
    for index in head.indices.reversed() {
      switch head[index] {
      case 0x0D: isTrailing = true
      case 0x20: continue
      case 0x09 where isTrailing:
        if copy == nil { copy = unsafe head.withUnsafeBufferPointer { unsafe [UInt8]($0) } }
        copy?[index] = 0x20
      default: isTrailing = false
      }
    }
    return copy
  }

  /// Copies the field block once; the lines become ranges of the copy.
  private func fields(of head: Span<UInt8>, from start: Int) -> HeaderFields {
    let bytes = head.extracting(start..<head.count - 2)
    let wire = unsafe bytes.withUnsafeBufferPointer { unsafe [UInt8]($0) }
    let offset = UInt32(start)
    var lines: [HeaderFields.Line] = []
    unsafe swap(&lines, &events.pointee.lines)
    for index in lines.indices {
      lines[index].nameStart -= offset
      // A value that llhttp did not report is empty.
      lines[index].valueStart = max(lines[index].valueStart, offset) - offset
      let value = Characters.trimmed(lines[index].value, of: wire.span)
      lines[index].valueStart = UInt32(value.lowerBound)
      lines[index].valueCount = UInt32(value.count)
    }
    return HeaderFields(wire: wire, lines: lines)
  }

  private func method() throws(Refusal) -> Method {
    switch unsafe llhttp_method(UInt32(parser.pointee.method)) {
    case HTTP_GET: return .get
    case HTTP_HEAD: return .head
    case HTTP_POST: return .post
    case HTTP_PUT: return .put
    case HTTP_DELETE: return .delete
    case HTTP_OPTIONS: return .options
    case HTTP_PATCH: return .patch
    case HTTP_PRI: throw .unsupportedVersion
    // A tunnel is no business of an origin server (RFC 9110 §9.3.6).
    case HTTP_CONNECT: throw .unknownMethod
    case let other:
      // llhttp returns the name of any method that it has parsed, in static memory.
      return unsafe .other(String(cString: llhttp_method_name(other)))
    }
  }

  private static func refusal(for code: llhttp_errno_t) -> Refusal {
    switch code {
    case HPE_INVALID_METHOD: .unknownMethod
    case HPE_INVALID_URL: .malformedMessage(.target)
    case HPE_INVALID_VERSION, HPE_INVALID_CONSTANT: .malformedMessage(.version)
    case HPE_INVALID_CONTENT_LENGTH: .malformedMessage(.contentLength)
    case HPE_UNEXPECTED_CONTENT_LENGTH: .malformedMessage(.ambiguousLength)
    case HPE_INVALID_TRANSFER_ENCODING: .malformedMessage(.transferEncoding)
    case HPE_INVALID_HEADER_TOKEN: .malformedMessage(.fieldName)
    default: .malformedMessage(.requestLine)
    }
  }
}

/// What the callbacks have seen of the current head, as offsets from its first byte.
struct HeadEvents {
  /// The address of the head's first byte; only subtracted from, never read through.
  var base: UInt = 0
  var lines: [HeaderFields.Line] = []
  var isComplete = false

  mutating func reset(capacity: Int) {
    base = 0
    lines.removeAll(keepingCapacity: true)
    lines.reserveCapacity(capacity)
    isComplete = false
  }
}

// llhttp calls these with the parser that was given to llhttp_execute, whose `data` is a live
// HeadEvents, and with pointers into the input.

private func headerField(
  _ parser: UnsafeMutablePointer<llhttp_t>?, _ start: UnsafePointer<CChar>?, _ count: Int
) -> Int32 {
  guard let events = unsafe eventsOf(parser) else { return -1 }
  let offset = unsafe UInt32(UInt(bitPattern: start) - events.pointee.base)
  unsafe events.pointee.lines.append(
    HeaderFields.Line(
      nameStart: offset, nameCount: UInt32(count), valueStart: 0, valueCount: 0))
  return 0
}

private func headerValue(
  _ parser: UnsafeMutablePointer<llhttp_t>?, _ start: UnsafePointer<CChar>?, _ count: Int
) -> Int32 {
  guard let events = unsafe eventsOf(parser) else { return -1 }
  let last = unsafe events.pointee.lines.count - 1
  guard last >= 0 else { return -1 }
  let offset = unsafe UInt32(UInt(bitPattern: start) - events.pointee.base)
  unsafe events.pointee.lines[last].valueStart = offset
  unsafe events.pointee.lines[last].valueCount = UInt32(count)
  return 0
}

private func headersComplete(_ parser: UnsafeMutablePointer<llhttp_t>?) -> Int32 {
  guard let events = unsafe eventsOf(parser) else { return -1 }
  unsafe events.pointee.isComplete = true
  // The body is read by others: directly into its buffer, or through ChunkDecoder.
  return Int32(HPE_PAUSED.rawValue)
}

private func eventsOf(
  _ parser: UnsafeMutablePointer<llhttp_t>?
) -> UnsafeMutablePointer<HeadEvents>? {
  unsafe parser?.pointee.data?.assumingMemoryBound(to: HeadEvents.self)
}
