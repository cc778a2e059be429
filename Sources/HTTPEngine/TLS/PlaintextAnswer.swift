/// What a client is told that speaks HTTP where TLS is expected.
enum PlaintextAnswer {
  /// The whole answer, in plaintext, for that is what the client understands.
  static let bytes = {
    let text = "This port speaks HTTPS only.\n"
    let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
    return Array(
      "\(head)Content-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n\(text)".utf8)
  }()

  /// Whether a connection that begins so is HTTP: methods begin with a letter, TLS records do not.
  static func isHTTP(_ first: UInt8) -> Bool { (0x41...0x5A).contains(first) }
}
