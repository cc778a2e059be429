import HTTPEngine

/// Applies content codings to answers where that makes them shorter.
struct AnswerCompression: Sendable {
  /// Memory for coded content.
  let buffers: BufferPool

  /// Shorter content is sent as it is: it fits into one packet either way.
  static let threshold = 1024
  /// A look at deadline and client every 6 ms.
  private static let pieceBytes = 1 << 20

  /// Codes an answer's content, and says that it would be another for other clients.
  ///
  /// - Parameters:
  ///   - coding: What the client wants.
  ///   - response: The answer with all of its content.
  ///   - vary: The request fields that decide what the answer is.
  ///   - checkpoint: A look at deadline and client, taken between pieces.
  /// - Throws: What the checkpoint throws.
  func apply(
    _ coding: ContentEncoding, to response: inout Response, vary: String = "Accept-Encoding",
    checkpoint: Checkpoint
  ) throws(ServiceProblem) {
    response.fields.append("Vary", vary)
    guard coding != .identity, let count = response.body.count, count >= Self.threshold,
      let coded = try coded(response.body, count, coding, checkpoint), coded.count < count
    else { return }
    response.fields.append("Content-Encoding", coding.token)
    response.body = .buffer(coded)
  }

  /// The coded content; nil without memory for it, which is no reason to refuse the answer.
  private func coded(
    _ body: ResponseBody, _ count: Int, _ coding: ContentEncoding, _ checkpoint: Checkpoint
  ) throws(ServiceProblem) -> BodyBuffer? {
    guard var deflater = try? Deflater(coding),
      let output = buffers.takeIfPossible(capacity: deflater.bound(count))
    else { return nil }
    switch body {
    case .bytes(let bytes):
      // The bytes of an array are initialised, and the span does not outlive it.
      try unsafe deflate(bytes.span.bytes, &deflater, output, checkpoint)
    case .buffer(let buffer):
      try deflate(buffer.bytes, &deflater, output, checkpoint)
    case .empty, .stream: return nil
    }
    return output
  }

  private func deflate(
    _ content: RawSpan, _ deflater: inout Deflater, _ output: BodyBuffer, _ checkpoint: Checkpoint
  ) throws(ServiceProblem) {
    var start = 0
    while true {
      try checkpoint()
      let end = min(start + Self.pieceBytes, content.byteCount)
      let piece = content.extracting(start..<end)
      var progress = CodingProgress.none
      do throws(ContentCodingError) {
        try output.appendFilling(upTo: output.capacity) { (span) throws(ContentCodingError) in
          progress = try deflater.deflate(piece, into: &span, isLast: end == content.byteCount)
          return progress.produced
        }
      } catch { throw ServiceProblem(.internal, detail: "the answer could not be coded") }
      start += progress.consumed
      if progress.isAtEnd { return }
      guard progress.consumed > 0 || progress.produced > 0 else {
        throw ServiceProblem(.internal, detail: "the coded answer is longer than it can be")
      }
    }
  }
}
