extension HTTP1Connection {
  /// How an answer is put on the wire.
  struct ResponsePlan: Equatable {
    /// What the Connection field says.
    enum Connection: Equatable {
      /// Nothing: the version's default holds.
      case unsaid
      /// The client asked for persistence in HTTP/1.0.
      case keepAlive
      /// The connection ends after this answer.
      case close
    }

    /// How the client finds the end of the content.
    enum Content: Equatable {
      /// No content and no length: the status forbids both.
      case none
      /// A Content-Length field, and the content unless it answers HEAD.
      case length(Int)
      /// Chunks (RFC 9112 §7.1).
      case chunked
      /// The end of the connection, for HTTP/1.0.
      case untilClose
    }

    var connection: Connection
    var content: Content
    /// False for HEAD: the head alone is sent.
    var sendsContent: Bool
  }

  /// Decides how the answer to the current request is written, and what comes after it.
  ///
  /// - Parameters:
  ///   - status: The answer's status.
  ///   - bodyCount: Bytes of content; nil when unknown.
  ///   - closes: Whether the application or the server wants the connection to end.
  /// - Returns: What the head says and whether content follows.
  mutating func respond(status: Status, bodyCount: Int?, closes: Bool) -> ResponsePlan {
    var keepsAlive = exchange.keepsAlive && !closes && exchange.isComplete
    let content: ResponsePlan.Content
    if status.forbidsContent {
      content = .none
    } else if let bodyCount {
      content = .length(bodyCount)
    } else if exchange.version == .http10 {
      keepsAlive = false
      content = .untilClose
    } else {
      content = .chunked
    }
    let plan = ResponsePlan(
      connection: connection(keepsAlive), content: content,
      sendsContent: !exchange.isHead && content != .none)
    state = keepsAlive ? .head : .closing
    return plan
  }

  private func connection(_ keepsAlive: Bool) -> ResponsePlan.Connection {
    guard keepsAlive else { return .close }
    return exchange.version == .http10 ? .keepAlive : .unsaid
  }
}
