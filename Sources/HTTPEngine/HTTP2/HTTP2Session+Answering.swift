internal import CNghttp2

extension HTTP2Session {
  /// Takes a request whose head was told.
  ///
  /// - Parameters:
  ///   - stream: The stream.
  ///   - body: Where the body goes; nil without one.
  ///   - limit: The longest body.
  func accept(_ stream: HTTP2Stream, into body: BodyBuffer?, limit: Int) {
    stream.disposition = .taken
    stream.body = body
    stream.bodyLimit = limit
    guard let head = stream.head, head.expectsContinue, stream.bodyCount == 0 else { return }
    submitContinue(stream.id)
  }

  /// RFC 9113 §8.1: an interim answer is a HEADERS frame without END_STREAM.
  private func submitContinue(_ id: Int32) {
    var lines = HTTP2FieldLines()
    lines.append(":status", "100")
    unsafe lines.withFields { fields, count in
      _ = unsafe nghttp2_submit_headers(
        raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, nil, fields, count, nil)
    }
  }

  /// Answers a stream; what is left of its body is not wanted any more.
  ///
  /// - Parameters:
  ///   - stream: The stream.
  ///   - lines: The fields, `:status` first.
  ///   - content: What follows them.
  func respond(to stream: HTTP2Stream, _ lines: inout HTTP2FieldLines, content: ResponseBody) {
    guard !stream.isAnswered else { return }
    stream.isAnswered = true
    if !stream.requestEnded { stream.disposition = .dropped }
    stream.beginPart(now: now)
    stream.sentBefore = contentWritten
    stream.content = content
    let hasContent = content.count != 0
    let result = unsafe lines.withFields { fields, count in
      guard hasContent else {
        return unsafe nghttp2_submit_response(raw, stream.id, fields, count, nil)
      }
      var provider = unsafe HTTP2Callbacks.provider
      return unsafe nghttp2_submit_response(raw, stream.id, fields, count, &provider)
    }
    if result != 0 { reset(stream, .internalError) }
  }

  /// Ends a stream without an answer, or in the middle of one.
  func reset(_ stream: HTTP2Stream, _ reason: HTTP2Reset) {
    guard !stream.isReset else { return }
    stream.isReset = true
    stream.isAnswered = true
    stream.disposition = .dropped
    _ = unsafe nghttp2_submit_rst_stream(
      raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, reason.code)
  }

  /// The last frame of an answer is written.
  ///
  /// A body that nobody wants may still be coming. A reset at once would be allowed (RFC 9113 §8.1),
  /// but clients that are still sending lose the answer by it. So the rest is let in and dropped, as
  /// much as HTTP/1 reads while it lingers, and whoever keeps time ends that with a reset.
  func answerEnded(_ id: Int32) {
    guard let stream = stream(id) else { return }
    stream.answerEnded = true
    stream.endContent()
    stream.beginPart(now: now)
    budget.earn(FrameBudget.answer)
  }
}

/// Why a stream is reset.
enum HTTP2Reset {
  /// It is answered; the rest of its body is not needed.
  case noError
  /// Nobody waits for it any more.
  case cancel
  /// Nothing has been done for it.
  case refused
  case internalError

  var code: UInt32 {
    switch self {
    case .noError: UInt32(NGHTTP2_NO_ERROR.rawValue)
    case .cancel: UInt32(NGHTTP2_CANCEL.rawValue)
    case .refused: UInt32(NGHTTP2_REFUSED_STREAM.rawValue)
    case .internalError: UInt32(NGHTTP2_INTERNAL_ERROR.rawValue)
    }
  }
}

/// The field lines of an answer as nghttp2 takes them.
///
/// Names and values are gathered in one piece of memory; nghttp2 copies them once more, and puts the
/// names in lower case, when the answer is submitted.
struct HTTP2FieldLines {
  private struct Line {
    var name: Range<Int>
    var value: Range<Int>
    /// The value is another in every answer.
    var isUnique = false
  }

  private var bytes: [UInt8] = []
  private var lines: [Line] = []

  init() {
    bytes.reserveCapacity(256)
    lines.reserveCapacity(8)
  }

  /// Forgets all lines, keeping the memory.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    lines.removeAll(keepingCapacity: true)
  }

  mutating func append(_ name: StaticString, _ value: StaticString) {
    appendName(name)
    // A static string lives for ever.
    unsafe bytes.append(
      contentsOf: UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    endValue()
  }

  mutating func append(_ name: StaticString, _ value: Span<UInt8>) {
    appendName(name)
    unsafe value.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    endValue()
  }

  mutating func append(_ name: StaticString, decimal number: Int) {
    appendName(name)
    var power = 1
    while number / power >= 10 { power *= 10 }
    while power > 0 {
      bytes.append(UInt8(truncatingIfNeeded: 0x30 + number / power % 10))
      power /= 10
    }
    endValue()
  }

  /// Adds all lines of a block.
  mutating func append(_ fields: HeaderFields) {
    let offset = bytes.count
    bytes.append(contentsOf: fields.wire)
    for line in fields.lines {
      let (name, value) = (line.name, line.value)
      lines.append(
        Line(
          name: name.lowerBound + offset..<name.upperBound + offset,
          value: value.lowerBound + offset..<value.upperBound + offset,
          isUnique: line.field == .other && Self.isUnique(fields.wire.span.extracting(name))))
    }
  }

  /// Fields of which no two answers have the same value.
  ///
  /// In HPACK's table they would push out what all answers have in common, and nghttp2 compares a value
  /// with all that the table has for its name.
  private static func isUnique(_ name: Span<UInt8>) -> Bool {
    switch name.count {
    case 11: Characters.equals(name, "traceparent")
    case 12: Characters.equals(name, "x-request-id")
    case 13: Characters.equals(name, "server-timing")
    default: false
    }
  }

  private mutating func appendName(_ name: StaticString) {
    let start = bytes.count
    unsafe bytes.append(
      contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    lines.append(Line(name: start..<bytes.count, value: bytes.count..<bytes.count))
  }

  private mutating func endValue() {
    let last = lines.count - 1
    lines[last].value = lines[last].value.lowerBound..<bytes.count
  }

  /// Calls `use` with the lines; the pointers are valid during the call.
  mutating func withFields<Result>(
    _ use: (UnsafePointer<nghttp2_nv>?, Int) -> Result
  ) -> Result {
    let lines = lines
    return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
      unsafe withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: lines.count) { fields in
        let base = bytes.baseAddress
        for (index, line) in lines.enumerated() {
          let flag = line.isUnique ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE
          // Every range lies in `bytes`; an empty array has no lines.
          unsafe fields.initializeElement(
            at: index,
            to: nghttp2_nv(
              name: base.map { unsafe $0 + line.name.lowerBound },
              value: base.map { unsafe $0 + line.value.lowerBound }, namelen: line.name.count,
              valuelen: line.value.count, flags: UInt8(flag.rawValue)))
        }
        return unsafe use(UnsafePointer(fields.baseAddress), lines.count)
      }
    }
  }
}
