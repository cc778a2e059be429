extension EventLoop {
  /// What the engine decides itself; a connection's own fields have no place here (RFC 9113 §8.2.2).
  private static var ownFields: KnownField.Set {
    [.contentLength, .transferEncoding, .connection, .keepAlive, .upgrade]
  }

  /// Asks the responder about a head.
  func admit(
    _ head: RequestHead, on stream: HTTP2Stream, of connection: Connection,
    _ http2: HTTP2Connection
  ) {
    http2.hasServed = true
    if isObserved { observer.streamOpened(connection.info) }
    guard connection.transport.isStillTrusted() else {
      // What was begun before is finished; this can be repeated by whoever is still welcome.
      http2.session.reset(stream, .refused)
      sayFarewell(http2)
      return
    }
    switch responder.admit(head) {
    case .answer(let response): answer(stream, response, of: connection, http2)
    case .accept(let limit, let context):
      stream.context = context
      let length = head.contentLength
      if let length, length > limit {
        refuse(stream, .contentTooLarge(limitBytes: limit), of: connection, http2)
        return
      }
      var body: BodyBuffer?
      if !stream.requestEnded, length != 0 {
        let capacity = length ?? min(limit, Self.firstChunkedCapacity)
        body = configuration.bufferPool.takeIfPossible(capacity: capacity)
        guard body != nil else {
          refuse(stream, .outOfMemory, of: connection, http2)
          return
        }
        stream.account = context as? any BodyAccount
        stream.condensing = CondenserFeed(stream.account?.condenser)
      }
      http2.session.accept(stream, into: body, limit: limit)
    }
  }

  /// Makes sure that a body can take more bytes, growing it by half again; false without memory,
  /// or if the body is not wanted any more.
  func makeRoom(for count: Int, in stream: HTTP2Stream) -> Bool {
    guard stream.account?.bodyHasArrived(stream.bodyCount) ?? true else { return false }
    guard let old = stream.body else { return false }
    let roomy = configuration.bufferPool.roomy(old, for: count, limit: stream.bodyLimit)
    guard let roomy else { return false }
    stream.body = roomy
    return true
  }

  /// Hands a complete request to the responder.
  func dispatch(
    _ stream: HTTP2Stream, trailers: HeaderFields, of connection: Connection,
    _ http2: HTTP2Connection
  ) {
    guard let head = stream.head else { return }
    stream.account = nil
    stream.condensing = CondenserFeed()
    let target = ReplyTarget(token: connection.token, exchange: UInt32(stream.id))
    inbox.beginInline(target)
    responder.respond(
      to: Request(
        head: head, body: stream.body.take() ?? .empty, trailers: trailers,
        context: stream.context.take(), cancellation: stream.cancellation,
        receivedAt: stream.receivedAt),
      reply: Reply(sink: inbox, target: target))
    if let response = inbox.endInline() { answer(stream, response, of: connection, http2) }
  }

  /// An answer from elsewhere; it is written with the others that wait.
  func receiveReply(
    _ response: Response?, for target: ReplyTarget, _ connection: Connection,
    _ http2: HTTP2Connection
  ) {
    guard let stream = http2.session.stream(Int32(clamping: target.exchange)),
      !stream.isAnswered
    else {
      observer.replyDropped()
      return
    }
    if unwritten.last != connection.token { unwritten.append(connection.token) }
    http2.session.now = now
    answer(stream, response, of: connection, http2)
  }

  /// Answers what the engine refuses by itself; the connection goes on.
  func refuse(
    _ stream: HTTP2Stream, _ refusal: Refusal, of connection: Connection,
    _ http2: HTTP2Connection
  ) {
    observer.refused(refusal, connection: connection.info)
    var response = responder.refuse(refusal, head: stream.head)
    response.closesConnection = false
    answer(stream, response, of: connection, http2)
  }

  /// Hands an answer to the session; nil stands for a reply that was dropped.
  func answer(
    _ stream: HTTP2Stream, _ response: consuming Response?, of connection: Connection,
    _ http2: HTTP2Connection
  ) {
    answer(stream, response ?? Self.dropped, of: connection, http2)
  }

  /// Hands an answer to the session.
  func answer(
    _ stream: HTTP2Stream, _ response: consuming Response, of connection: Connection,
    _ http2: HTTP2Connection
  ) {
    guard connection.isOpen, !stream.isAnswered else { return }
    makeSendable(&response, for: stream.head, of: connection)
    let status = response.status
    let isBare = status.forbidsContent || stream.head?.method == .head
    let content = isBare ? .empty : response.body
    write(response, to: stream.lines, http2.session.library)
    if isObserved {
      let bytes = response.fields.wire.count + (content.count ?? 0)
      complete(stream, status, bytes: bytes, of: connection)
    }
    http2.session.respond(to: stream, content: content)
    stream.endBody()
    stream.context = nil
    if response.closesConnection { sayFarewell(http2) }
  }

  /// Puts the lines of an answer together, or takes those of the last one with the same fields.
  private func write(
    _ response: borrowing Response, to lines: HTTP2FieldLines, _ library: HTTP2Library
  ) {
    let seconds = date.unixSeconds
    guard let identifier = response.identifier else {
      compose(response, to: lines)
      return
    }
    if let page = library.sharedPages.lines(of: response, identifier, unixSeconds: seconds) {
      lines.share(page, identifier)
    } else if let page = SharedFieldLines(response, unixSeconds: seconds) {
      compose(response, to: page.lines)
      library.sharedPages.keep(page)
      lines.share(page, identifier)
    } else {
      compose(response, to: lines)
    }
  }

  private func compose(_ response: borrowing Response, to lines: HTTP2FieldLines) {
    lines.removeAll()
    if response.status == .ok {
      lines.append(":status", "200")
    } else {
      lines.append(":status", decimal: Int(response.status.rawValue))
    }
    let isClean = response.fields.known.isDisjoint(with: Self.ownFields)
    let fields = isClean ? response.fields : response.fields.removing(Self.ownFields)
    lines.append(fields)
    if let identifier = response.identifier { lines.append(identifier) }
    if !fields.known.contains(.date) { lines.append("date", date.value) }
    if !fields.known.contains(.server), let name = writer.serverNameOnly {
      lines.append("server", name.span)
    }
    if !response.status.forbidsContent, let count = response.body.count {
      lines.append("content-length", decimal: count)
    }
  }

  /// Sizes are those of the fields before compression, which is all that is known now.
  private func complete(
    _ stream: HTTP2Stream, _ status: Status, bytes: Int, of connection: Connection
  ) {
    observer.requestCompleted(
      CompletedExchange(
        head: stream.head, status: status, bodyBytesReceived: stream.bodyCount,
        bytesSent: bytes,
        startedAt: stream.head == nil ? now : stream.receivedAt, connection: connection.info))
  }

  // MARK: Farewell

  /// A drain begins: new requests may be under way, so the end is announced first.
  func startDraining(_ connection: Connection, _ http2: HTTP2Connection) {
    guard http2.farewell == .none else { return }
    http2.farewell = .announced
    http2.session.announceEnd()
    unwritten.append(connection.token)
  }

  /// Names the last request that is taken; the connection ends when all are answered.
  func sayFarewell(_ http2: HTTP2Connection) {
    guard http2.farewell != .said else { return }
    http2.farewell = .said
    http2.session.refuseNewStreams()
  }
}
