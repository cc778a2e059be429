internal import CNghttp2

extension HTTP2Session {
  /// Content up to this size is copied with its frame.
  private static var copiedContent: Int { 1 << 10 }

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

  /// Copies a short piece to nghttp2, which is less than a call for each frame; false for a longer one.
  func copyContent(
    of stream: HTTP2Stream, _ count: Int, to memory: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard count <= Self.copiedContent, case .bytes(let bytes) = stream.content else { return false }
    // nextContent has found that many bytes behind the offset, and no more than there is memory for.
    unsafe bytes.withUnsafeBytes { content in
      let piece = unsafe content[stream.contentOffset..<stream.contentOffset + count]
      unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: piece))
    }
    advance(stream, by: count)
    return true
  }

  private func advance(_ stream: HTTP2Stream, by count: Int) {
    stream.contentOffset += count
    if count > 0 { note(count, of: stream) }
    budget.sent(count)
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
    advance(stream, by: count)
    return true
  }

  private func note(_ count: Int, of stream: HTTP2Stream) {
    if stream.partBytes == 0 {
      // Its turn has come: from now on the pace is its own.
      stream.beginPart(now: now)
      stream.sentBefore = contentWritten
    }
    stream.progressed(count, now: now)
    contentWrittenAt = now
    contentWritten += count
  }

  /// Until when a stream whose content is overdue may wait for its turn among the others.
  ///
  /// Only content excuses it, and only as much as all who wait must get at the slowest pace allowed:
  /// a byte now and then is no pace, whichever stream it goes to, and acknowledgements go out to a
  /// client that reads nothing, too.
  ///
  /// - Parameters:
  ///   - stream: A stream whose answer is not all written.
  ///   - patience: The times that are allowed.
  /// - Returns: 0 if it waits for its own client, which gives it no window.
  func excuse(_ stream: HTTP2Stream, _ patience: Patience) -> UInt64 {
    guard unsafe nghttp2_session_get_stream_remote_window_size(raw, stream.id) > 0 else { return 0 }
    let share = UInt64((contentWritten - stream.sentBefore) / max(1, streams.count))
    return min(
      contentWrittenAt &+ patience.write,
      stream.partSince &+ patience.write &+ share &* patience.perByte)
  }

  /// The client was told that the connection ends; most mistakes nghttp2 finds by itself.
  func farewellSent(code: UInt32) {
    switch code {
    case UInt32(NGHTTP2_NO_ERROR.rawValue): return
    case UInt32(NGHTTP2_INTERNAL_ERROR.rawValue): handler?.failed(.internal)
    case UInt32(NGHTTP2_ENHANCE_YOUR_CALM.rawValue):
      handler?.failed(failure == .slow ? .slow : .flood)
    default: handler?.failed(.protocolViolation)
    }
  }

  /// The server has reset a stream: what made it do so may be a way to keep it busy.
  func resetSent(_ id: Int32, code: UInt32) {
    stream(id)?.isReset = true
    handler?.wasReset(by: .server)
    switch code {
    case UInt32(NGHTTP2_NO_ERROR.rawValue): return
    case UInt32(NGHTTP2_REFUSED_STREAM.rawValue): budget.spend(1, now: now)
    default: budget.spend(FrameBudget.reset, now: now)
    }
    if budget.isExhausted { fail(.flood) }
  }
}
