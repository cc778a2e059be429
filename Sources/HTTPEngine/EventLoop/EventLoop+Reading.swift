extension EventLoop {
  /// The most that one read takes of a body: large enough that calls do not count.
  static var largestRead: Int { 1 << 20 }
  /// The first read of a request whose client has just sent a large body: the head, and little of the
  /// body, which would have to be copied.
  static var firstRead: Int { 4 << 10 }
  /// Reads in one turn before other connections get theirs.
  static var readsPerTurn: Int { 8 }
  /// Requests begun in one turn before other connections get theirs.
  static var requestsPerTurn: Int { 64 }

  /// A socket has bytes, or its client has finished sending.
  func readable(_ connection: Connection, _ readiness: Epoll.Readiness) {
    if connection.isLingering {
      drainInput(connection)
      return
    }
    if let http2 = connection.http2 {
      readable(connection, http2, readiness)
      return
    }
    if connection.isHandshaking {
      guard continueHandshake(connection) else { return }
    }
    guard connection.canProceed, connection.machine.wantsInput else {
      hold(connection, readiness)
      return
    }
    requestsLeft = Self.requestsPerTurn
    if connection.isPostponed { usePending(connection) }
    for _ in 0..<Self.readsPerTurn {
      guard connection.http2 == nil, takesInput(connection), readOnce(connection) else { break }
    }
    if let http2 = connection.http2 {
      finishTurn(connection, http2)
      return
    }
    flush(connection)
    finishTurn(connection)
  }

  private func takesInput(_ connection: Connection) -> Bool {
    connection.canProceed && connection.machine.wantsInput && !connection.isPostponed
  }

  /// The next request is here, and it is others' turn.
  private func postpone(_ connection: Connection) {
    connection.isPostponed = true
    revisit(connection)
  }

  /// Input that cannot be used before the current answer is written stays in the socket.
  func hold(_ connection: Connection, _ readiness: Epoll.Readiness) {
    var interest = connection.interest
    if readiness.contains(.peerFinished) {
      interest.remove(.peerFinished)
      notePeerFinished(connection)
    }
    if readiness.contains(.input) { interest.remove(.input) }
    setInterest(connection, interest)
  }

  /// Reads once; returns whether more may be waiting.
  private func readOnce(_ connection: Connection) -> Bool {
    let missing = connection.machine.missingBodyBytes
    if missing > 0, let body = connection.body { return readBody(connection, body, missing) }
    let buffer = input
    // Encrypted bytes come in records, of which a part is of no use.
    let isFirst =
      connection.sendsLargeBodies && connection.transport.tls == nil && connection.machine.isIdle
    let wanted = unsafe isFirst ? Self.firstRead : buffer.memory.count
    // `firstRead` is smaller than the buffer.
    let memory = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.memory[..<wanted])
    let result = unsafe receive(connection, into: memory)
    guard accepted(result, connection) else { return false }
    connection.progressed(result.value, now: now)
    take(buffer.bytes(result.value), into: connection)
    return result.value == wanted
  }

  /// Reads straight into the body, past the parser.
  private func readBody(_ connection: Connection, _ body: BodyBuffer, _ missing: Int) -> Bool {
    let isCondensed = connection.condensing.isActive
    let wanted = min(missing, isCondensed ? BodyBuffer.condensedRead : Self.largestRead)
    // `free` holds at least the missing bytes: the buffer was taken for the whole length.
    let memory = unsafe UnsafeMutableRawBufferPointer(rebasing: body.free[..<wanted])
    let result = unsafe receive(connection, into: memory)
    guard accepted(result, connection) else { return false }
    connection.progressed(result.value, now: now)
    body.received(result.value)
    connection.received(result.value)
    connection.condensing.show(body)
    guard mayGoOn(connection) else { return false }
    if connection.machine.receivedBody(result.value) {
      dispatch(connection, trailers: HeaderFields())
    }
    return result.value == wanted
  }

  /// Deals with everything that is not bytes; returns whether there are bytes.
  func accepted(_ result: CallResult, _ connection: Connection) -> Bool {
    if let errno = result.errno {
      if errno != Errno.wouldBlock { fail(connection, errno) }
      return false
    }
    guard connection.passedFault == nil || !refuseFaultyDescriptors(of: connection) else {
      return false
    }
    guard result.value == 0 else { return true }
    peerFinished(connection)
    return false
  }

  /// Uses new bytes, after those that were left over before.
  private func take(_ bytes: Span<UInt8>, into connection: Connection) {
    if connection.mayBeHTTP2, chooseProtocol(connection, bytes) { return }
    guard !connection.pending.isEmpty else {
      let used = process(bytes, of: connection)
      if used < bytes.count { connection.keep(bytes.extracting(used..<bytes.count)) }
      return
    }
    connection.keep(bytes)
    usePending(connection)
  }

  /// Uses the bytes that were left over.
  func usePending(_ connection: Connection) {
    connection.isPostponed = false
    guard !connection.pending.isEmpty else { return }
    var pending: [UInt8] = []
    swap(&pending, &connection.pending)
    let start = connection.pendingUsed
    let used = start + process(pending.span.extracting(start..<pending.count), of: connection)
    let isLeft = used < pending.count && connection.isOpen && !connection.isLingering
    connection.pendingUsed = isLeft ? used : 0
    // Back in its place without a copy: a hundred small requests may wait here.
    if isLeft { swap(&pending, &connection.pending) }
  }

  /// Takes requests out of the input until it is used up or one has to wait for its answer.
  private func process(_ bytes: Span<UInt8>, of connection: Connection) -> Int {
    var position = 0
    defer { connection.unusedInput = 0 }
    while position < bytes.count, connection.canProceed {
      guard requestsLeft > 0 || !connection.machine.isIdle else {
        postpone(connection)
        return position
      }
      let step = connection.machine.next(
        bytes, from: &position, parser: parser, info: connection.info)
      connection.unusedInput = bytes.count - position
      switch step {
      case .needsInput: return position
      case .head(let head):
        requestsLeft -= 1
        admit(head, of: connection, bodyHasBegun: position < bytes.count)
      case .body(let range): keepBody(bytes.extracting(range), of: connection)
      case .complete(let trailers): dispatch(connection, trailers: trailers)
      case .discardingEnded: answer(connection, connection.rejection)
      case .refuse(let refusal): refuse(connection, refusal)
      }
    }
    return position
  }

  private func keepBody(_ bytes: Span<UInt8>, of connection: Connection) {
    if connection.rejection == nil {
      guard connection.makeRoom(for: bytes.count, in: configuration.bufferPool) else {
        connection.machine.abandon()
        refuse(connection, .outOfMemory)
        return
      }
      // Bytes have no invalid values, so viewing them raw exposes nothing uninitialised.
      unsafe connection.body?.append(bytes.bytes)
    }
    connection.received(bytes.count)
    if connection.rejection == nil {
      connection.condenseIfDue()
      guard mayGoOn(connection) else { return }
    }
    if connection.machine.completesFixedBody() { dispatch(connection, trailers: HeaderFields()) }
  }

  /// Asks whether a body that has grown is still wanted, and refuses it if not.
  private func mayGoOn(_ connection: Connection) -> Bool {
    guard let account = connection.account, !account.bodyHasArrived(connection.bodyCount) else {
      return true
    }
    connection.machine.abandon()
    refuse(connection, .outOfMemory)
    return false
  }

  /// The client has sent everything; it may still read (RFC 9112 §9.6).
  private func peerFinished(_ connection: Connection) {
    connection.peerFinished = true
    notePeerFinished(connection)
    guard connection.http2 == nil else { return }
    closeIfFinished(connection)
    guard connection.isOpen else { return }
    setInterest(connection, connection.interest.subtracting([.input, .peerFinished]))
  }

  private func notePeerFinished(_ connection: Connection) {
    guard connection.peerFinishedAt == nil else { return }
    connection.peerFinishedAt = now
    connection.cancellation.peerFinishedSending(at: now)
    connection.http2?.peerFinished(at: now)
  }

  /// Once the client cannot send any more, an idle connection or an unfinished request is over.
  func closeIfFinished(_ connection: Connection) {
    guard connection.isOpen, connection.peerFinished, connection.canProceed else { return }
    guard connection.machine.wantsInput, !connection.isPostponed else { return }
    flush(connection)
    guard connection.isOpen, connection.output == nil else { return }
    close(connection, connection.machine.isIdle ? .peerFinished : .peerAborted)
  }
}
