@testable import HTTPEngine

/// A session without a socket, whose requests are answered with what they were.
final class SessionDriver: HTTP2SessionHandler {
  let session: HTTP2Session
  let output = OutputBuffer()
  private let pool = BufferPool(maximumIdleBytes: 1 << 20)
  private let reader = HeaderReader()
  private var unparsed: [UInt8] = []
  /// What the session has told, in order.
  var events: [String] = []
  /// What the session has written.
  var frames: [WireFrame] = []
  /// The answers by stream: status and content.
  var answers: [Int32: (status: String, fields: [(name: String, value: String)], body: [UInt8])] =
    [:]
  /// Nanoseconds on the session's clock.
  var now: UInt64 = 1_000_000_000
  /// Streams that are not answered when they are complete.
  var holds = false
  var bodyLimit = 1 << 20
  var content: (HTTP2Stream) -> ResponseBody = { stream in
    .bytes(Array("\(stream.head?.method.name ?? "-") \(stream.head?.target ?? "-")".utf8))
  }

  init?(
    _ configuration: HTTP2Configuration = HTTP2Configuration(),
    limits: ServerConfiguration.Limits = ServerConfiguration.Limits()
  ) {
    guard let library = HTTP2Library(configuration, limits: limits),
      let session = HTTP2Session(library, info: .detached, now: now)
    else { return nil }
    self.session = session
  }

  /// Takes bytes from the client, in pieces of that size, and writes what they lead to.
  func receive(_ bytes: [UInt8], inPiecesOf size: Int = .max) {
    var start = 0
    while start < bytes.count {
      let end = size < bytes.count - start ? start + size : bytes.count
      let piece = Array(bytes[start..<end])
      session.receive(piece.span, now: now, handler: self)
      start = end
      write()
    }
  }

  func receive(_ frames: WireFrame...) { receive(frames.flatMap(\.bytes)) }

  /// Begins as a client does.
  func begin(_ settings: [(UInt16, UInt32)] = []) {
    receive(WireFrame.preface + WireFrame.settings(settings).bytes)
  }

  /// Lets the session write everything it has.
  func write() {
    while true {
      output.clear()
      session.write(to: output, limit: 1 << 16, now: now, handler: self)
      guard output.count > 0 else { return }
      unparsed += unsafe [UInt8](output.bytes)
      for frame in WireFrame.parse(&unparsed) { take(frame) }
    }
  }

  private func take(_ frame: WireFrame) {
    frames.append(frame)
    switch frame.type {
    case 1:
      let lines = reader.read(frame.payload) ?? []
      let status = lines.first { $0.name == ":status" }?.value ?? "-"
      answers[frame.stream] = (status, lines, [])
    case 0: answers[frame.stream]?.body += frame.payload
    default: return
    }
  }

  /// The error code of the GOAWAY that ended the connection; nil while there is none.
  var connectionError: UInt32? { frames.first { $0.type == 7 && $0.code != 0 }?.code }

  /// The error code of a stream's reset; nil without one.
  func resetCode(_ stream: Int32) -> UInt32? {
    frames.first { $0.type == 3 && $0.stream == stream }?.code
  }

  // MARK: Handler

  func received(_ head: RequestHead, on stream: HTTP2Stream) {
    events.append("head \(stream.id) \(head.method.name) \(head.target)")
    guard !head.path.hasPrefix("/reject") else {
      answer(stream, Response(status: .notFound))
      return
    }
    let body = stream.requestEnded ? nil : pool.take(capacity: head.contentLength ?? 4096)
    session.accept(stream, into: body, limit: bodyLimit)
  }

  func refused(_ refusal: Refusal, on stream: HTTP2Stream) {
    events.append("refused \(stream.id) \(refusal.status.rawValue)")
    answer(stream, Response(status: refusal.status))
  }

  func completed(_ stream: HTTP2Stream, trailers: HeaderFields) {
    let body = stream.body.map { String(decoding: $0.array, as: UTF8.self) } ?? ""
    let fields = trailers.map { " \($0.name)=\($0.value)" }.joined()
    events.append("complete \(stream.id) \(body)\(fields)")
    if !holds { answer(stream, Response(body: content(stream))) }
  }

  func makeRoom(for count: Int, in stream: HTTP2Stream) -> Bool {
    guard let old = stream.body else { return false }
    stream.body = pool.roomy(old, for: count, limit: stream.bodyLimit)
    return stream.body != nil
  }

  func wasReset(by side: StreamReset) {}

  func failed(_ failure: SessionFailure) {}

  func malformed(_ stream: Int32) { events.append("malformed \(stream)") }

  func closed(_ stream: HTTP2Stream) { events.append("closed \(stream.id)") }

  func answer(_ stream: HTTP2Stream, _ response: Response) {
    guard !stream.isAnswered else { return }
    let lines = stream.lines
    lines.removeAll()
    lines.append(":status", decimal: Int(response.status.rawValue))
    lines.append(response.fields)
    session.respond(to: stream, content: response.body)
  }
}
