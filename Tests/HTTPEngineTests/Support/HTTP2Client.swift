import Testing

/// A client that sends frames as they are over a real connection.
final class HTTP2Client {
  let connection: LoopbackClient
  private let reader = HeaderReader()
  private var unparsed: [UInt8] = []
  private(set) var frames: [WireFrame] = []
  private(set) var statuses: [Int32: String] = [:]
  private(set) var fields: [Int32: [(name: String, value: String)]] = [:]
  private(set) var bodies: [Int32: [UInt8]] = [:]
  private(set) var ended: Set<Int32> = []
  /// The server has closed the connection.
  private(set) var isClosed = false

  init(_ server: TestServer, settings: [(UInt16, UInt32)] = []) throws {
    connection = try server.connect(receiveTimeoutMilliseconds: 20_000)
    connection.send(WireFrame.preface + WireFrame.settings(settings).bytes)
  }

  func send(_ frames: WireFrame...) { connection.send(frames.flatMap(\.bytes)) }

  /// Reads until the condition holds; false when the connection ends or falls silent first.
  func read(until condition: (HTTP2Client) -> Bool) -> Bool {
    while !condition(self) {
      guard let bytes = connection.read() else { return false }
      if bytes.isEmpty {
        isClosed = true
        return condition(self)
      }
      unparsed += bytes
      for frame in WireFrame.parse(&unparsed) { take(frame) }
    }
    return true
  }

  private func take(_ frame: WireFrame) {
    frames.append(frame)
    switch frame.type {
    case 1:
      let lines = reader.read(frame.payload) ?? []
      statuses[frame.stream] = lines.first { $0.name == ":status" }?.value
      fields[frame.stream] = lines
    case 0: bodies[frame.stream, default: []] += frame.payload
    default: break
    }
    if frame.endsStream { ended.insert(frame.stream) }
  }

  /// Reads the whole answer of a stream.
  func answer(_ stream: Int32) -> (status: String?, text: String) {
    _ = read { $0.ended.contains(stream) || $0.resetCode(stream) != nil }
    return (statuses[stream], String(decoding: bodies[stream] ?? [], as: UTF8.self))
  }

  func resetCode(_ stream: Int32) -> UInt32? {
    frames.first { $0.type == 3 && $0.stream == stream }?.code
  }

  /// The GOAWAY frames so far: the last stream and the error.
  var farewells: [(last: UInt32, code: UInt32)] {
    frames.filter { $0.type == 7 }.map { frame in
      (frame.payload.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }, frame.code ?? 0)
    }
  }
}
