import HTTPEngine
import Locking
import Testing

/// A running server on a free port, stopped when the object goes.
final class TestServer: Sendable {
  let server: HTTPServer
  let port: UInt16
  let observer: CountingObserver

  init(
    _ responder: any Responder = EchoResponder(),
    configure: (inout ServerConfiguration) -> Void = { _ in }
  ) throws {
    var configuration = ServerConfiguration(
      listeners: [ListenerConfiguration(name: "test", host: "127.0.0.1", port: 0)])
    configure(&configuration)
    observer = CountingObserver()
    server = HTTPServer(
      configuration: configuration, responder: responder, observer: observer)
    port = try server.start()[0].port
  }

  deinit { server.stop() }

  func connect(receiveTimeoutMilliseconds: Int = 5000) throws -> LoopbackClient {
    try #require(
      LoopbackClient(port: port, receiveTimeoutMilliseconds: receiveTimeoutMilliseconds))
  }
}

/// Counts what it hears.
final class CountingObserver: ServerObserver {
  struct Counts {
    var opened = 0
    var closed: [CloseReason] = []
    var completed: [UInt16] = []
    var refused: [Refusal] = []
    var dropped = 0
    var acceptFailures: [Int32] = []
    var handshakes: [ConnectionSecurity?] = []
    var tlsFailures: [TLSFailure] = []
    var streams = 0
    var resets: [StreamReset: Int] = [:]
    var failures: [SessionFailure] = []
  }

  private let state = Locked(Counts())

  var counts: Counts { state.withLock { $0 } }

  func connectionOpened(_ connection: ConnectionInfo) { state.withLock { $0.opened += 1 } }
  func connectionClosed(_ connection: ConnectionInfo, reason: CloseReason) {
    state.withLock { $0.closed.append(reason) }
  }
  func requestCompleted(_ exchange: CompletedExchange) {
    state.withLock { $0.completed.append(exchange.status.rawValue) }
  }
  func refused(_ refusal: Refusal, connection: ConnectionInfo) {
    state.withLock { $0.refused.append(refusal) }
  }
  func handshakeCompleted(_ connection: ConnectionInfo) {
    state.withLock { $0.handshakes.append(connection.security) }
  }
  func tlsFailed(_ failure: TLSFailure, connection: ConnectionInfo) {
    state.withLock { $0.tlsFailures.append(failure) }
  }
  func streamOpened(_ connection: ConnectionInfo) { state.withLock { $0.streams += 1 } }
  func streamReset(by side: StreamReset, connection: ConnectionInfo) {
    state.withLock { $0.resets[side, default: 0] += 1 }
  }
  func sessionFailed(_ failure: SessionFailure, connection: ConnectionInfo) {
    state.withLock { $0.failures.append(failure) }
  }
  func replyDropped() { state.withLock { $0.dropped += 1 } }
  func acceptFailed(errno: Int32) { state.withLock { $0.acceptFailures.append(errno) } }
}

/// Answers with what it was asked: method, path, query, body and trailers.
struct EchoResponder: Responder {
  var maximumBodyBytes = 1 << 20

  func admit(_ head: borrowing RequestHead) -> Admission {
    switch head.path {
    case "/full": .answer(Response(status: .serviceUnavailable))
    case "/reject": .answer(Response(status: .notFound, body: .bytes(Array("no".utf8))))
    default: .accept(maximumBodyBytes: maximumBodyBytes)
    }
  }

  func respond(to request: consuming Request, reply: consuming Reply) {
    switch request.head.path {
    case "/drop": return
    case "/close": reply.send(Response(body: .bytes(Array("bye".utf8)), closesConnection: true))
    case "/inject": reply.send(Response(fields: ["X": "a\r\nSet-Cookie: b"]))
    case "/empty": reply.send(Response(status: .noContent))
    case "/stream": reply.send(Response(body: .stream(Countdown(pieces: 3))))
    case "/large":
      let size = request.head.query.flatMap(Int.init) ?? 0
      reply.send(Response(body: .bytes([UInt8](repeating: 0x61, count: size))))
    default: reply.send(EchoResponder.echo(request))
    }
  }

  static func echo(_ request: borrowing Request) -> Response {
    var text = "\(request.head.method.name) \(request.head.target)"
    if request.body.count > 0 {
      text += " " + request.body.text
    }
    if let value = request.trailers["x"] { text += " x=\(value)" }
    return Response(fields: ["Content-Type": "text/plain"], body: .bytes(Array(text.utf8)))
  }
}

/// Produces "3", "2", "1".
final class Countdown: BodyProducer {
  private let left: Locked<Int>

  init(pieces: Int) { left = Locked(pieces) }

  func next() -> [UInt8]? {
    left.withLock { left in
      guard left > 0 else { return nil }
      defer { left -= 1 }
      return Array("\(left)".utf8)
    }
  }
}

extension BodyBuffer {
  /// The content as an array.
  var array: [UInt8] {
    // Bytes have no invalid values.
    unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
  }

  /// The content as text.
  var text: String { String(decoding: array, as: UTF8.self) }
}
