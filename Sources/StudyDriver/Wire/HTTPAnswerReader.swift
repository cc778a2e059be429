internal import CLLHTTP

/// Puts an answer together from the pieces in which it arrives, with llhttp.
///
/// Safety: parser, settings and events are allocated here, freed in `deinit` and used by one thread;
/// llhttp keeps no pointer to a piece after it has parsed it.
@safe
final class HTTPAnswerReader {
  /// What an answer may come to.
  static let maximumHeadBytes = 1 << 16
  static let maximumBodyBytes = 1 << 28

  private static let malformed = StudyDriverError(
    .malformedAnswer, "what the server sent is no answer of HTTP/1.1")

  private let parser: UnsafeMutablePointer<llhttp_t>
  private let settings: UnsafeMutablePointer<llhttp_settings_t>
  private let events: UnsafeMutablePointer<AnswerEvents>

  init() {
    unsafe parser = .allocate(capacity: 1)
    unsafe settings = .allocate(capacity: 1)
    unsafe events = .allocate(capacity: 1)
    unsafe events.initialize(to: AnswerEvents())
    unsafe parser.initialize(to: llhttp_t())
    unsafe settings.initialize(to: llhttp_settings_t())
    unsafe llhttp_settings_init(settings)
    unsafe settings.pointee.on_message_begin = messageBegin
    unsafe settings.pointee.on_header_field = headerField
    unsafe settings.pointee.on_header_value = headerValue
    unsafe settings.pointee.on_headers_complete = headersComplete
    unsafe settings.pointee.on_body = bodyPiece
    unsafe settings.pointee.on_message_complete = messageComplete
    unsafe llhttp_init(parser, HTTP_RESPONSE, settings)
    unsafe parser.pointee.data = UnsafeMutableRawPointer(events)
  }

  deinit {
    unsafe events.deinitialize(count: 1)
    unsafe events.deallocate()
    unsafe settings.deallocate()
    unsafe parser.deallocate()
  }

  /// Takes a piece.
  ///
  /// - Parameter piece: What has arrived; nothing stands for the end of the connection.
  /// - Returns: The answer, once it is complete.
  /// - Throws: ``StudyDriverError/Code/malformedAnswer``.
  func take(_ piece: [UInt8]) throws(StudyDriverError) -> HTTPAnswer? {
    let code = unsafe piece.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress, !piece.isEmpty else {
        return unsafe llhttp_finish(parser)
      }
      return unsafe llhttp_execute(parser, start.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    if unsafe events.pointee.isComplete { return unsafe events.pointee.answer }
    guard code == HPE_OK, !piece.isEmpty else { throw Self.malformed }
    return nil
  }
}

/// What the callbacks have seen of an answer.
private struct AnswerEvents {
  private var status = 0
  private var fields: [(name: [UInt8], value: [UInt8])] = []
  private var isInValue = false
  private var isHeadComplete = false
  private var headBytes = 0
  private var body: [UInt8] = []
  private(set) var isComplete = false

  /// Forgets an interim answer (RFC 9110 §15.2); what the head may come to holds for all of them together.
  mutating func begin() {
    fields = []
    isInValue = false
    isHeadComplete = false
    body = []
  }

  // Trailers come as fields, too. They are counted, but say nothing about the answer (RFC 9110 §6.5.1).

  mutating func appendName(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard !isHeadComplete else { return grow(by: bytes.count) }
    if isInValue || fields.isEmpty { fields.append(([], [])) }
    isInValue = false
    // The bytes are copied.
    unsafe fields[fields.count - 1].name += bytes
    return grow(by: bytes.count)
  }

  mutating func appendValue(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard !isHeadComplete else { return grow(by: bytes.count) }
    guard !fields.isEmpty else { return false }
    isInValue = true
    // The bytes are copied.
    unsafe fields[fields.count - 1].value += bytes
    return grow(by: bytes.count)
  }

  private mutating func grow(by count: Int) -> Bool {
    headBytes += count
    return headBytes <= HTTPAnswerReader.maximumHeadBytes
  }

  mutating func endHead(status: Int, length: UInt64) -> Bool {
    self.status = status
    isHeadComplete = true
    return status >= 100 && length <= UInt64(HTTPAnswerReader.maximumBodyBytes)
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard body.count + bytes.count <= HTTPAnswerReader.maximumBodyBytes else { return false }
    // The bytes are copied.
    unsafe body += bytes
    return true
  }

  /// Whether the answer was the final one.
  mutating func end() -> Bool {
    isComplete = status >= 200
    return isComplete
  }

  var answer: HTTPAnswer {
    let type = (field("content-type") ?? "").prefix { $0 != ";" && $0 != " " }
    var answer = HTTPAnswer(status: status, mediaType: type.lowercased(), body: body)
    answer.retryAfterSeconds = field("retry-after").flatMap { Int($0) }
    return answer
  }

  private func field(_ name: String) -> String? {
    let line = fields.last { String(decoding: $0.name, as: UTF8.self).lowercased() == name }
    guard let value = line?.value else { return nil }
    let end = value.lastIndex { $0 != 0x20 && $0 != 0x09 }
    return String(decoding: value[...(end ?? -1)], as: UTF8.self)
  }
}

// llhttp calls these with the parser that was given to llhttp_execute, whose `data` is a live
// AnswerEvents, and with pointers into the piece.

private typealias Parser = UnsafeMutablePointer<llhttp_t>

private func messageBegin(_ parser: Parser?) -> Int32 {
  unsafe with(parser) {
    $0.begin()
    return true
  }
}

private func headerField(_ parser: Parser?, _ start: UnsafePointer<CChar>?, _ count: Int) -> Int32 {
  unsafe with(parser) { unsafe $0.appendName(UnsafeRawBufferPointer(start: start, count: count)) }
}

private func headerValue(_ parser: Parser?, _ start: UnsafePointer<CChar>?, _ count: Int) -> Int32 {
  unsafe with(parser) { unsafe $0.appendValue(UnsafeRawBufferPointer(start: start, count: count)) }
}

private func headersComplete(_ parser: Parser?) -> Int32 {
  guard let parser = unsafe parser else { return -1 }
  let (status, flags) = unsafe (Int(parser.pointee.status_code), Int(parser.pointee.flags))
  let length =
    unsafe flags & Int(F_CONTENT_LENGTH.rawValue) == 0 ? 0 : parser.pointee.content_length
  // None was offered, so chunks are the only transfer coding that may come (RFC 9112 §7.4).
  let codings = flags & Int(F_TRANSFER_ENCODING.rawValue | F_CHUNKED.rawValue)
  guard codings != Int(F_TRANSFER_ENCODING.rawValue) else { return -1 }
  return unsafe with(parser) { $0.endHead(status: status, length: length) }
}

private func bodyPiece(_ parser: Parser?, _ start: UnsafePointer<CChar>?, _ count: Int) -> Int32 {
  unsafe with(parser) { unsafe $0.append(UnsafeRawBufferPointer(start: start, count: count)) }
}

private func messageComplete(_ parser: Parser?) -> Int32 {
  guard let events = unsafe parser?.pointee.data?.assumingMemoryBound(to: AnswerEvents.self) else {
    return -1
  }
  return unsafe events.pointee.end() ? Int32(HPE_PAUSED.rawValue) : 0
}

/// Lets an event be taken in; what is too much ends the parsing.
private func with(_ parser: Parser?, _ body: (inout AnswerEvents) -> Bool) -> Int32 {
  guard let events = unsafe parser?.pointee.data?.assumingMemoryBound(to: AnswerEvents.self) else {
    return -1
  }
  return unsafe body(&events.pointee) ? 0 : -1
}
