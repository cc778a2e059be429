/// What a socket did not take: the rest of a head and a body, with how far they have gone.
///
/// More than one such piece waits when a worker answers while the answer before is blocked.
struct PendingOutput {
  /// What came of an attempt to send.
  enum Progress: Equatable {
    case finished
    case blocked
    case failed
  }

  private struct Piece {
    var bytes: [UInt8]
    var body: ResponseBody
    var bytesSent = 0
    var bodySent: Int

    var isSent: Bool { bytesSent == bytes.count && bodySent == body.count ?? 0 }
  }

  private var pieces: [Piece] = []

  /// Keeps the unsent part of a loop's output and of a body, after what is kept already.
  mutating func append(_ unsent: UnsafeRawBufferPointer, body: ResponseBody, bodySent: Int) {
    // Copied: the loop's buffer is needed for other connections.
    pieces.append(Piece(bytes: unsafe [UInt8](unsent), body: body, bodySent: bodySent))
  }

  /// Sends until all is gone, the transport is full or it is others' turn; counts the bytes.
  ///
  /// - Parameters:
  ///   - transport: Takes the bytes.
  ///   - calls: The system's.
  ///   - limit: When so many bytes are sent, no further attempt is made.
  ///   - sent: Receives the number of bytes.
  /// - Returns: ``Progress/blocked`` also when it is others' turn.
  mutating func send(
    through transport: Transport, with calls: SystemCalls, atMost limit: Int, sent: inout Int
  ) -> Progress {
    while let piece = pieces.first {
      guard sent < limit else { return .blocked }
      let result = unsafe piece.bytes.withUnsafeBytes { head in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: head[piece.bytesSent...])
        return unsafe piece.body.withBytes(from: piece.bodySent) { content in
          unsafe transport.send(rest, content, with: calls)
        }
      }
      if let errno = result.errno { return errno == Errno.wouldBlock ? .blocked : .failed }
      sent += result.value
      let ofHead = min(result.value, piece.bytes.count - piece.bytesSent)
      pieces[0].bytesSent += ofHead
      pieces[0].bodySent += result.value - ofHead
      if pieces[0].isSent { pieces.removeFirst() }
    }
    return .finished
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
