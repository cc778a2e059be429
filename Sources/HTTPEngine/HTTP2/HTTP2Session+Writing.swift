internal import CNghttp2

extension HTTP2Session {
  /// Writes frames until there are none or `output` holds `limit` bytes.
  func write(
    to output: OutputBuffer, limit: Int, now: UInt64, handler: any HTTP2SessionHandler
  ) {
    self.now = now
    self.handler = handler
    self.output = output
    outputLimit = limit
    defer {
      self.output = nil
      self.handler = nil
    }
    while output.count < limit {
      var bytes: UnsafePointer<UInt8>?
      let count = unsafe nghttp2_session_mem_send(raw, &bytes)
      guard count > 0 else {
        if count < 0 { fail(.library(Int32(clamping: count))) }
        return
      }
      // nghttp2's memory, valid until the next call.
      unsafe output.append(UnsafeRawBufferPointer(start: bytes, count: count))
    }
  }

  /// Finds the next piece of content; nil when a producer has nothing and is not at its end.
  func nextContent(of stream: HTTP2Stream, atMost limit: Int) -> (count: Int, isLast: Bool) {
    guard case .stream(let producer) = stream.content else {
      let left = (stream.content.count ?? 0) - stream.contentOffset
      let count = min(left, limit)
      stream.frameBytes = count
      return (count, count == left)
    }
    while stream.contentOffset == stream.piece.count {
      stream.contentOffset = 0
      guard let piece = producer.next() else {
        stream.piece = []
        stream.frameBytes = 0
        return (0, true)
      }
      stream.piece = piece
    }
    let count = min(stream.piece.count - stream.contentOffset, limit)
    stream.frameBytes = count
    return (count, false)
  }

  /// Writes a DATA frame whose header nghttp2 has made; false when the output is full.
  func writeContent(
    of stream: HTTP2Stream, header: UnsafeRawBufferPointer, count: Int
  ) -> Bool {
    guard let output, output.count < outputLimit else { return false }
    unsafe output.append(header)
    let offset = stream.contentOffset
    switch stream.content {
    case .empty: break
    case .bytes(let bytes): output.append(bytes.span.extracting(offset..<offset + count))
    case .buffer(let buffer): output.append(buffer.bytes.extracting(offset..<offset + count))
    case .stream: output.append(stream.piece.span.extracting(offset..<offset + count))
    }
    stream.contentOffset = offset + count
    stream.progressed(count, now: now)
    if count > 0 { contentWrittenAt = now }
    budget.sent(count)
    return true
  }

  /// Whether a stream's content waits for its client and not for other content.
  ///
  /// Only content excuses a stream: acknowledgements go out to a client that reads nothing, too.
  ///
  /// - Parameters:
  ///   - stream: A stream whose answer is not all written.
  ///   - patience: For how long any content that went to the client excuses the stream.
  /// - Returns: False when the stream only waits for its turn.
  func isStalled(_ stream: HTTP2Stream, after patience: UInt64) -> Bool {
    unsafe nghttp2_session_get_stream_remote_window_size(raw, stream.id) <= 0
      || contentWrittenAt &+ patience <= now
  }

  /// The server has reset a stream: what made it do so may be a way to keep it busy.
  func resetSent(_ id: Int32, code: UInt32) {
    stream(id)?.isReset = true
    switch code {
    case UInt32(NGHTTP2_NO_ERROR.rawValue): return
    case UInt32(NGHTTP2_REFUSED_STREAM.rawValue): budget.spend(1, now: now)
    default: budget.spend(FrameBudget.reset, now: now)
    }
    if budget.isExhausted { fail(.flood) }
  }
}
