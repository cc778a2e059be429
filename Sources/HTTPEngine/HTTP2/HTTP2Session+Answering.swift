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
    // The stream's own lines are those of its answer. Here nghttp2 makes a copy.
    let lines = HTTP2FieldLines(isCopied: true)
    lines.append(":status", "100")
    let list = unsafe lines.list
    _ = unsafe nghttp2_submit_headers(
      raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, nil, list.baseAddress, list.count, nil)
  }

  /// Answers a stream with its lines; what is left of its body is not wanted any more.
  ///
  /// - Parameters:
  ///   - stream: The stream, whose lines are the fields, `:status` first.
  ///   - content: What follows them.
  func respond(to stream: HTTP2Stream, content: ResponseBody) {
    guard !stream.isAnswered else { return }
    stream.isAnswered = true
    if !stream.requestEnded { stream.disposition = .dropped }
    stream.beginPart(now: now)
    stream.sentBefore = contentWritten
    stream.content = content
    let result = submit(stream.lines, of: stream, hasContent: content.count != 0)
    if result != 0 { reset(stream, .internalError) }
  }

  /// Safety: nghttp2 reads the lines until the HEADERS frame is written or its stream is over; they
  /// belong to the stream, and their memory to whatever stream it serves next.
  private func submit(
    _ lines: HTTP2FieldLines, of stream: HTTP2Stream, hasContent: Bool
  ) -> Int32 {
    let list = unsafe lines.list
    guard hasContent else {
      return unsafe nghttp2_submit_response(raw, stream.id, list.baseAddress, list.count, nil)
    }
    var provider = unsafe HTTP2Callbacks.provider
    return unsafe nghttp2_submit_response(
      raw, stream.id, list.baseAddress, list.count, &provider)
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
