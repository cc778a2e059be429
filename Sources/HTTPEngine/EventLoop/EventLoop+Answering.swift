extension EventLoop {
  /// The first memory of a body whose length is not known.
  static var firstChunkedCapacity: Int { 64 << 10 }

  /// Asks the responder about a head.
  ///
  /// - Parameters:
  ///   - head: The head.
  ///   - connection: Where it came from.
  ///   - bodyHasBegun: Whether bytes after the head are here already.
  func admit(_ head: RequestHead, of connection: Connection, bodyHasBegun: Bool) {
    guard connection.transport.isStillTrusted() else {
      close(connection, .trustWithdrawn)
      return
    }
    connection.exchange &+= 1
    connection.receivedAt = now
    connection.head = head
    switch responder.admit(head) {
    case .accept(let limit, let context):
      connection.context = context
      connection.bodyLimit = limit
      begin(
        connection.machine.admit(maximumBodyBytes: limit), of: connection,
        bodyHasBegun: bodyHasBegun)
    case .answer(let response): answerHead(connection, response, bodyHasBegun: bodyHasBegun)
    }
  }

  /// Answers without the body, which may have to be read first.
  private func answerHead(
    _ connection: Connection, _ response: consuming Response, bodyHasBegun: Bool
  ) {
    let readsBody = connection.machine.reject(
      takesBody: bodyHasBegun || !response.status.refusesBody)
    guard readsBody else {
      if connection.takesDescriptors { _ = connection.takePassed() }
      answer(connection, response)
      return
    }
    connection.rejection = response
  }

  private func begin(
    _ step: HTTP1Connection.AdmissionStep, of connection: Connection, bodyHasBegun: Bool
  ) {
    switch step {
    case .complete: dispatch(connection, trailers: HeaderFields())
    case .refuse(let refusal): refuse(connection, refusal)
    case .readBody(let expected, let sendsContinue):
      let capacity = expected ?? min(connection.bodyLimit, Self.firstChunkedCapacity)
      guard let body = configuration.bufferPool.takeIfPossible(capacity: capacity) else {
        connection.machine.abandon()
        refuse(connection, .outOfMemory)
        return
      }
      connection.body = body
      connection.account = connection.context as? any BodyAccount
      connection.condensing = CondenserFeed(connection.account?.condenser)
      // RFC 9110 §10.1.1: not needed by a client that has not waited.
      if sendsContinue, !bodyHasBegun { output.append("HTTP/1.1 100 Continue\r\n\r\n") }
    }
  }

  /// Hands a complete request to the responder, or answers one that was rejected before its body.
  func dispatch(_ connection: Connection, trailers: HeaderFields) {
    let passed = connection.takesDescriptors ? connection.takePassed() : ([], false)
    if let rejection = connection.rejection {
      answer(connection, rejection)
      return
    }
    guard let head = connection.head else { return }
    connection.condensing.show(connection.body)
    connection.account = nil
    connection.condensing = CondenserFeed()
    renewCancellation(connection)
    let target = ReplyTarget(token: connection.token, exchange: connection.exchange)
    inbox.beginInline(target)
    responder.respond(
      to: Request(
        head: head, body: connection.body.take() ?? .empty, trailers: trailers,
        context: connection.context.take(), descriptors: passed.0,
        lacksDescriptors: passed.1,
        cancellation: connection.cancellation, receivedAt: connection.receivedAt),
      reply: Reply(sink: inbox, target: target))
    if let response = inbox.endInline() { answer(connection, response) }
  }

  /// Every request has a flag of its own; one that nobody holds any more is used again.
  private func renewCancellation(_ connection: Connection) {
    if !isKnownUniquelyReferenced(&connection.cancellation) {
      connection.cancellation = Cancellation()
    }
    // A pipelined request has waited for the answers before it: its patience begins now.
    if connection.peerFinishedAt != nil { connection.cancellation.peerFinishedSending(at: now) }
  }

  /// Answers what the engine refuses by itself; the connection ends after it.
  func refuse(_ connection: Connection, _ refusal: Refusal) {
    observer.refused(refusal, connection: connection.info)
    var response = responder.refuse(refusal, head: connection.head)
    response.closesConnection = true
    answer(connection, response)
  }

  /// Writes an answer; nil stands for a reply that was dropped.
  func answer(_ connection: Connection, _ response: consuming Response?) {
    answer(connection, response ?? Self.dropped)
  }

  /// Writes an answer.
  func answer(_ connection: Connection, _ response: consuming Response) {
    guard connection.isOpen else { return }
    makeSendable(&response, for: connection.head, of: connection)
    let bodyCount = response.body.count
    let plan = connection.machine.respond(
      status: response.status, bodyCount: bodyCount,
      closes: response.closesConnection || isLastAnswer(of: connection))
    let before = output.count
    writer.writeHead(response, plan: plan, date: date.line.span, to: output)
    if isObserved {
      let content = plan.sendsContent ? bodyCount ?? 0 : 0
      complete(connection, response.status, bytes: output.count - before + content)
    }
    connection.closesAfterOutput = plan.connection == .close
    connection.endExchange()
    if plan.sendsContent { send(response.body, plan: plan, to: connection) }
  }

  /// A response that must not be written (a line break in a field) becomes a 500, and one that the
  /// client has already a 304.
  ///
  /// In place: an answer has a dozen references, and each copy would count them all.
  func makeSendable(
    _ response: inout Response, for head: RequestHead?, of connection: Connection
  ) {
    if response.isWellFormed {
      if isNotModified(response, for: head) { response = response.notModified }
    } else {
      observer.refused(.internal, connection: connection.info)
      response = responder.refuse(.internal, head: head)
      if !response.isWellFormed { response = Response(status: .internalServerError) }
    }
    response.whenWritten?(response.status)
  }

  /// Stands for a reply that was dropped: no answer, so that it becomes a 500.
  static var dropped: Response { Response(status: Status(0)) }

  /// RFC 9110 §13.2.1: preconditions count for what would be a success without them.
  private func isNotModified(_ response: Response, for head: RequestHead?) -> Bool {
    guard response.status == .ok, let head, head.fields.known.contains(.precondition) else {
      return false
    }
    guard head.method == .get || head.method == .head else { return false }
    return Precondition.isNotModified(head.fields, response.fields)
  }

  private func complete(_ connection: Connection, _ status: Status, bytes: Int) {
    observer.requestCompleted(
      CompletedExchange(
        head: connection.head, status: status, bodyBytesReceived: connection.bodyCount,
        bytesSent: bytes, startedAt: connection.head == nil ? now : connection.receivedAt,
        connection: connection.info))
  }

  /// After an answer from elsewhere: sends it and takes up what has waited.
  func resume(_ connection: Connection) {
    requestsLeft = Self.requestsPerTurn
    if connection.canProceed { usePending(connection) }
    flush(connection)
    closeIfFinished(connection)
    finishTurn(connection)
  }
}
