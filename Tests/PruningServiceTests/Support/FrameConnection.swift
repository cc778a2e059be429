import TestSupport

/// A client of HTTP/2 that sends one body and reads one answer's content; it reads no fields.
final class FrameConnection {
  private let connection: ServiceConnection
  private var received: [UInt8] = []

  /// Begins a session in which answers may be sent at once.
  init(_ connection: ServiceConnection) throws {
    self.connection = connection
    // SETTINGS_INITIAL_WINDOW_SIZE, as much for the connection, and yes to the server's.
    try connection.send(
      Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        + Self.frame(4, 0, 0, [0, 4, 0, 0xFF, 0xFF, 0xFF]) + Self.frame(8, 0, 0, [0, 0xFF, 0, 0])
        + Self.frame(4, 1, 0, []))
  }

  /// Sends a request and returns its answer's content.
  func post(
    _ path: String, _ fields: [(String, String)], _ body: [UInt8], frame size: Int,
    isAnnounced: Bool
  ) throws -> [UInt8] {
    var lines = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x")]
    lines += fields.map { ($0.lowercased(), $1) }
    if isAnnounced { lines.append(("content-length", "\(body.count)")) }
    // Literals that no table remembers (RFC 7541 §6.2.2); all are short.
    let block = lines.flatMap { (name, value) -> [UInt8] in
      [0] + Self.string(name) + Self.string(value)
    }
    try connection.send(Self.frame(1, 4, 1, block))
    for start in stride(from: 0, to: body.count, by: size) {
      let end = min(start + size, body.count)
      try connection.send(Self.frame(0, end == body.count ? 1 : 0, 1, Array(body[start..<end])))
    }
    var content: [UInt8] = []
    while true {
      let frame = try next()
      if frame.stream == 1, frame.type == 0 { content += frame.payload }
      if frame.stream == 1, frame.type == 3 || frame.flags & 1 != 0 { return content }
    }
  }

  private func next() throws -> (type: UInt8, flags: UInt8, stream: Int, payload: [UInt8]) {
    while received.count < 9 { received += try connection.receive() }
    let count = received[0..<3].reduce(0) { $0 << 8 | Int($1) }
    while received.count < 9 + count { received += try connection.receive() }
    let stream = received[5..<9].reduce(0) { $0 << 8 | Int($1) }
    defer { received.removeFirst(9 + count) }
    return (received[3], received[4], stream, Array(received[9..<9 + count]))
  }

  private static func frame(
    _ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]
  ) -> [UInt8] {
    let count = payload.count
    return [UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255), type, flags]
      + [0, 0, 0, stream] + payload
  }

  private static func string(_ text: String) -> [UInt8] {
    [UInt8(text.utf8.count)] + Array(text.utf8)
  }
}
