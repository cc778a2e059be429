/// Writes the head of an answer (RFC 9112 §4, §5).
struct HTTP1ResponseWriter {
  /// Lines that the engine decides: whatever the application says is replaced.
  private static var ownFields: KnownField.Set {
    [.contentLength, .transferEncoding, .connection, .keepAlive]
  }

  let serverName: [UInt8]?
  /// The name without its line.
  let serverNameOnly: [UInt8]?

  init(serverName: String?) {
    serverNameOnly = serverName.map { Array($0.utf8) }
    self.serverName = serverName.map { Array("Server: \($0)\r\n".utf8) }
  }

  /// Writes the status line and all fields, the empty line included.
  func writeHead(
    _ response: Response, plan: HTTP1Connection.ResponsePlan, date: Span<UInt8>,
    to output: OutputBuffer
  ) {
    writeStatusLine(response.status, to: output)
    let isClean = response.fields.known.isDisjoint(with: Self.ownFields)
    let fields = isClean ? response.fields : response.fields.removing(Self.ownFields)
    output.append(fields.wire.span)
    if let identifier = response.identifier {
      output.append(identifier.name)
      output.append(": ")
      output.append(identifier.digits.span)
      output.append("\r\n")
    }
    if !fields.known.contains(.date) { output.append(date) }
    if let serverName, !fields.known.contains(.server) { output.append(serverName.span) }
    writeFraming(plan, to: output)
    output.append("\r\n")
  }

  private func writeStatusLine(_ status: Status, to output: OutputBuffer) {
    guard status != .ok else {
      output.append("HTTP/1.1 200 OK\r\n")
      return
    }
    output.append("HTTP/1.1 ")
    output.append(decimal: Int(status.rawValue))
    output.append(" ")
    output.append(status.reason)
    output.append("\r\n")
  }

  private func writeFraming(_ plan: HTTP1Connection.ResponsePlan, to output: OutputBuffer) {
    switch plan.content {
    case .none, .untilClose: break
    case .length(let count):
      output.append("Content-Length: ")
      output.append(decimal: count)
      output.append("\r\n")
    case .chunked: output.append("Transfer-Encoding: chunked\r\n")
    }
    switch plan.connection {
    case .unsaid: break
    case .keepAlive: output.append("Connection: keep-alive\r\n")
    case .close: output.append("Connection: close\r\n")
    }
  }
}
