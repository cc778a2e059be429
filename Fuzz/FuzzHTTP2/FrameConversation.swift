import FuzzHarness

@testable import HTTPEngine

/// One session without a socket, whose requests are answered.
final class FrameConversation: HTTP2SessionHandler {
  private let session: HTTP2Session
  private let writesAtOnce: Bool
  private let delaysAnswers: Bool
  private let bodyLimit: Int
  private let pool = BufferPool(maximumIdleBytes: 0)
  private let output = OutputBuffer()
  private var written: [UInt8] = []
  private var owed: [HTTP2Stream] = []
  private var heads: Set<Int32> = []
  private var ends: Set<Int32> = []
  private(set) var events: [String] = []

  init(_ choices: UInt8, writesAtOnce: Bool) {
    var limits = ServerConfiguration.Limits()
    var configuration = HTTP2Configuration()
    if choices & 1 != 0 {
      // Small enough that inputs of a few hundred bytes reach them.
      limits.requestLineBytes = 20
      limits.fieldBytes = 160
      limits.fieldCount = 4
      limits.trailerBytes = 40
      limits.discardedBodyBytes = 2
      configuration.maximumStreams = 3
      configuration.frameBurst = 12
    }
    bodyLimit = choices & 2 != 0 ? 16 : 1 << 20
    delaysAnswers = choices & 4 != 0
    self.writesAtOnce = writesAtOnce
    guard
      let library = HTTP2Library(
        configuration, limits: limits, keepsMemory: false),
      let session = HTTP2Session(library, info: .detached, now: 1)
    else { fatalError("there is memory") }
    self.session = session
  }

  var failure: String { session.failure.map { "\($0)" } ?? "none" }

  func receive(_ bytes: ArraySlice<UInt8>) {
    guard session.failure == nil else { return }
    // A copy of the exact size, so that the address sanitizer sees a read beyond.
    let piece = Array(bytes)
    session.receive(piece.span, now: 1, handler: self)
    FuzzHarness.require(session.streams.count <= 129, "streams are bounded")
    guard writesAtOnce else { return }
    write()
    answerOwed()
    write()
  }

  func finish() {
    answerOwed()
    write()
    var frames = written[...]
    while frames.count >= 9 {
      let length = frames.prefix(3).reduce(0) { $0 << 8 | Int($1) }
      FuzzHarness.require(length <= 16384, "frames are no longer than allowed")
      FuzzHarness.require(frames.count >= 9 + length, "the last frame is complete")
      frames = frames.dropFirst(9 + length)
    }
    FuzzHarness.require(frames.isEmpty, "only frames are written")
  }

  private func write() {
    for _ in 0..<1000 {
      output.clear()
      session.write(to: output, limit: 4096, now: 1, handler: self)
      guard output.count > 0 else { return }
      written += unsafe [UInt8](output.bytes)
    }
    FuzzHarness.require(false, "output comes to an end")
  }

  private func answerOwed() {
    let streams = owed
    owed = []
    for stream in streams where session.stream(stream.id) === stream { answer(stream, 200) }
  }

  // MARK: Handler

  func received(_ head: RequestHead, on stream: HTTP2Stream) {
    FuzzHarness.require(heads.insert(stream.id).inserted, "a stream has one head")
    check(head)
    let length = head.contentLength
    events.append("head \(stream.id) \(head.method.name) \(head.target) \(length ?? -1)")
    if let length, length > bodyLimit {
      refused(.contentTooLarge(limitBytes: bodyLimit), on: stream)
    } else if head.path.hasPrefix("/reject") {
      answer(stream, 404)
    } else {
      let needsBody = !stream.requestEnded && length != 0
      session.accept(
        stream, into: needsBody ? pool.take(capacity: length ?? 16) : nil, limit: bodyLimit)
    }
  }

  private func check(_ head: RequestHead) {
    FuzzHarness.require(
      head.target == "*" || head.target.hasPrefix("/"), "a target is a path: \(head.target)")
    FuzzHarness.require(head.authority?.isEmpty == false, "there is an authority")
    for byte in head.target.utf8 {
      FuzzHarness.require(byte > 0x20 && byte < 0x7F, "a target has visible characters only")
    }
    for name in ["connection", "transfer-encoding", "upgrade"] {
      FuzzHarness.require(!head.fields.contains(name), "no field is the connection's own")
    }
    for (name, value) in head.fields {
      FuzzHarness.require(name == name.lowercased(), "names are in lower case")
      for byte in value.utf8 {
        FuzzHarness.require(
          byte >= 0x20 && byte != 0x7F || byte == 0x09, "values have no control characters")
      }
    }
  }

  func refused(_ refusal: Refusal, on stream: HTTP2Stream) {
    events.append("refused \(stream.id) \(refusal)")
    answer(stream, refusal.status.rawValue)
  }

  func completed(_ stream: HTTP2Stream, trailers: HeaderFields) {
    FuzzHarness.require(ends.insert(stream.id).inserted, "a stream ends once")
    let count = stream.body?.count ?? 0
    FuzzHarness.require(count == stream.bodyCount, "the body is what was counted")
    if let length = stream.head?.contentLength {
      FuzzHarness.require(count == length, "the body is as long as declared")
    }
    events.append("complete \(stream.id) \(count) \(trailers.map(\.name))")
    if delaysAnswers { owed.append(stream) } else { answer(stream, 200) }
  }

  func makeRoom(for count: Int, in stream: HTTP2Stream) -> Bool {
    guard let old = stream.body else { return false }
    stream.body = pool.roomy(old, for: count, limit: stream.bodyLimit)
    return stream.body != nil
  }

  func wasReset(by side: StreamReset) {}

  func failed(_ failure: SessionFailure) {}

  func malformed(_ stream: Int32) { events.append("malformed \(stream)") }

  func closed(_ stream: HTTP2Stream) {
    FuzzHarness.require(session.stream(stream.id) == nil, "a closed stream is gone")
  }

  private func answer(_ stream: HTTP2Stream, _ status: UInt16) {
    guard !stream.isAnswered else { return }
    let lines = stream.lines
    lines.removeAll()
    lines.append(":status", decimal: Int(status))
    lines.append(["X-Y": "z"])
    session.respond(to: stream, content: .bytes(Array("content".utf8)))
  }
}
