/// One request to an HTTP server over a connection of its own.
struct HTTPExchange {
  let address: HTTPAddress
  /// Sent as a bearer token, where there is one.
  var apiKey: String?

  /// Sends a request and waits for the answer.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - path: What comes after the address's own path.
  ///   - body: The content; nil sends none.
  ///   - mediaType: What the content is.
  ///   - patience: How long all of it may take.
  /// - Returns: The answer, whatever its status.
  /// - Throws: ``StudyDriverError/Code/unreachable``, ``StudyDriverError/Code/malformedAnswer``,
  ///   ``StudyDriverError/Code/timedOut``, ``StudyDriverError/Code/interrupted``.
  func answer(
    _ method: String, _ path: String, body: [UInt8]?, mediaType: String, _ patience: Patience
  ) throws(StudyDriverError) -> HTTPAnswer {
    let socket = try HTTPSocket(address, patience)
    let target = address.path + path
    var head = "\(method) \(target.isEmpty ? "/" : target) HTTP/1.1\r\n"
    head += "Host: \(address.authority)\r\nConnection: close\r\nAccept: application/json"
    // The service answers in JSON; an evaluator's server may send either.
    head += ", application/vnd.safetensors;q=0.9\r\n"
    if let apiKey { head += "Authorization: Bearer \(apiKey)\r\n" }
    if let body {
      head += "Content-Type: \(mediaType)\r\nContent-Length: \(body.count)\r\n"
    } else if method != "GET" {
      head += "Content-Length: 0\r\n"
    }
    do throws(StudyDriverError) {
      try socket.send(Array((head + "\r\n").utf8) + (body ?? []))
    } catch {
      // A server that refuses may stop reading; its answer says why.
      guard error.code == .unreachable else { throw error }
    }
    let reader = HTTPAnswerReader()
    while true {
      if let answer = try reader.take(try socket.receive()) { return answer }
    }
  }
}
