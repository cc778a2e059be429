/// What a socket did not take: the rest of a head and a body, with how far they have gone.
struct PendingOutput {
  /// What came of an attempt to send.
  enum Progress: Equatable {
    case finished
    case blocked
    case failed
  }

  private var bytes: [UInt8]
  private var body: ResponseBody
  private var bytesSent = 0
  private var bodySent: Int

  /// Keeps the unsent part of a loop's output and of a body.
  init(_ unsent: UnsafeRawBufferPointer, body: ResponseBody, bodySent: Int) {
    // Copied: the loop's buffer is needed for other connections.
    bytes = unsafe [UInt8](unsent)
    self.body = body
    self.bodySent = bodySent
  }

  /// Sends until all is gone or the transport is full; `sent` receives the number of bytes.
  mutating func send(
    through transport: Transport, with calls: SystemCalls, sent: inout Int
  ) -> Progress {
    while true {
      let result = unsafe bytes.withUnsafeBytes { head in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: head[bytesSent...])
        return unsafe body.withBytes(from: bodySent) { content in
          unsafe transport.send(rest, content, with: calls)
        }
      }
      if let errno = result.errno { return errno == Errno.wouldBlock ? .blocked : .failed }
      sent += result.value
      let ofHead = min(result.value, bytes.count - bytesSent)
      bytesSent += ofHead
      bodySent += result.value - ofHead
      if bytesSent == bytes.count, bodySent == body.count ?? 0 { return .finished }
    }
  }
}

extension ResponseBody {
  /// Calls `use` with the bytes after the first `offset`; none for a stream.
  ///
  /// Safety: the bytes live as long as this value, which outlives the call.
  func withBytes<Result>(
    from offset: Int, _ use: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    switch self {
    case .empty, .stream: return unsafe use(UnsafeRawBufferPointer(start: nil, count: 0))
    case .bytes(let bytes):
      return unsafe bytes.withUnsafeBytes {
        unsafe use(UnsafeRawBufferPointer(rebasing: $0[offset...]))
      }
    case .buffer(let buffer):
      let base = unsafe UnsafeRawPointer(buffer.baseAddress + offset)
      return withExtendedLifetime(buffer) {
        unsafe use(UnsafeRawBufferPointer(start: base, count: buffer.count - offset))
      }
    }
  }
}
