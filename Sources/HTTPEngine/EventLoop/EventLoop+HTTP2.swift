extension EventLoop {
  /// Output is sent at the latest at this size.
  private static var gatheredFrames: Int { 256 << 10 }
  /// Output of one connection in one turn before others get theirs.
  private static var writtenPerTurn: Int { 1 << 20 }
  /// Control frames that may wait for a blocked socket before the client is not listened to.
  private static var queuedFrames: Int { 256 }

  // MARK: Choosing the protocol

  /// Looks at the first bytes of a connection; true when they are dealt with.
  func chooseProtocol(_ connection: Connection, _ bytes: Span<UInt8>) -> Bool {
    if connection.transport.negotiatedProtocol == .http2 {
      beginHTTP2(connection, bytes)
      return true
    }
    // TLS clients choose by ALPN; a plain one that knows begins with the preface (RFC 9113 §3.3).
    guard !connection.info.isTLS else {
      connection.mayBeHTTP2 = false
      return false
    }
    if connection.pending.isEmpty, HTTP2Preface.match(bytes) == .complete {
      beginHTTP2(connection, bytes)
      return true
    }
    return chooseByPieces(connection, bytes)
  }

  private func chooseByPieces(_ connection: Connection, _ bytes: Span<UInt8>) -> Bool {
    var first = connection.pending
    for index in bytes.indices.prefix(HTTP2Preface.count) { first.append(bytes[index]) }
    switch HTTP2Preface.match(first.span) {
    case .different:
      connection.mayBeHTTP2 = false
      return false
    case .partial: connection.keep(bytes)
    case .complete:
      connection.keep(bytes)
      var pending: [UInt8] = []
      swap(&pending, &connection.pending)
      beginHTTP2(connection, pending.span)
    }
    return true
  }

  /// The client has not said enough in time: its bytes are read as HTTP/1.
  func endProtocolChoice(_ connection: Connection) {
    connection.mayBeHTTP2 = false
    usePending(connection)
  }

  private func beginHTTP2(_ connection: Connection, _ bytes: Span<UInt8>) {
    connection.mayBeHTTP2 = false
    // Streams share the connection's bytes, so nothing says whose a descriptor would be.
    connection.passed = nil
    guard let http2, let session = HTTP2Session(http2, info: connection.info, now: now) else {
      close(connection, .shutdown)
      return
    }
    let side = HTTP2Connection(session, connection, self)
    connection.http2 = side
    if isDraining { startDraining(connection, side) }
    session.receive(bytes, now: now, handler: side)
  }

  // MARK: Reading

  func readable(
    _ connection: Connection, _ http2: HTTP2Connection, _ readiness: Epoll.Readiness
  ) {
    guard takesInput(connection, http2) else {
      hold(connection, readiness)
      return
    }
    for _ in 0..<Self.readsPerTurn {
      guard readOnce(connection, http2), takesInput(connection, http2) else { break }
    }
    finishTurn(connection, http2)
  }

  /// A client that does not read what it made the server say is not listened to for a while.
  func takesInput(_ connection: Connection, _ http2: HTTP2Connection) -> Bool {
    guard connection.isOpen, !connection.peerFinished, http2.session.wantsRead else { return false }
    return connection.output == nil || http2.session.queuedFrames < Self.queuedFrames
  }

  private func readOnce(_ connection: Connection, _ http2: HTTP2Connection) -> Bool {
    if let place = unsafe http2.session.place {
      // The session has named memory of this size; nothing else happens in between.
      let wanted = min(place.count, Self.largestRead)
      let memory = unsafe UnsafeMutableRawBufferPointer(rebasing: place[..<wanted])
      let result = unsafe receive(connection, into: memory)
      guard accepted(result, connection) else { return false }
      unsafe http2.session.receivedInPlace(
        UnsafeRawBufferPointer(rebasing: memory[..<result.value]), now: now, handler: http2)
      return result.value == wanted
    }
    let buffer = input
    let result = unsafe receive(connection, into: buffer.memory)
    guard accepted(result, connection) else { return false }
    http2.session.receive(buffer.bytes(result.value), now: now, handler: http2)
    return unsafe result.value == buffer.memory.count
  }

  // MARK: Writing

  /// Writes what the turn has brought, ends the connection if that was all, and sets deadlines.
  func finishTurn(_ connection: Connection, _ http2: HTTP2Connection) {
    dropUnfinished(connection, http2)
    write(connection, http2)
    endIfOver(connection, http2)
    finishTurn(connection)
  }

  /// Sends frames of all streams together, until the socket is full or it is others' turn.
  private func write(_ connection: Connection, _ http2: HTTP2Connection) {
    var written = 0
    while connection.isOpen, connection.output == nil, http2.session.wantsWrite {
      guard written < Self.writtenPerTurn else {
        setInterest(connection, connection.interest.union(.output))
        return
      }
      http2.session.write(to: output, limit: Self.gatheredFrames, now: now, handler: http2)
      guard output.count > 0 else { return }
      written += output.count
      flush(connection)
    }
    http2.blockedSince = connection.output == nil ? nil : http2.blockedSince ?? now
  }

  /// After its last byte a client cannot finish a request.
  private func dropUnfinished(_ connection: Connection, _ http2: HTTP2Connection) {
    guard connection.isOpen, connection.peerFinished else { return }
    for stream in http2.session.streams.values where !stream.requestEnded {
      http2.session.reset(stream, .cancel)
    }
  }

  /// Ends a connection when nothing more can come of it.
  private func endIfOver(_ connection: Connection, _ http2: HTTP2Connection) {
    guard connection.isOpen, !connection.closesAfterOutput else { return }
    let session = http2.session
    if connection.peerFinished, session.streams.isEmpty, connection.output == nil {
      close(connection, .peerFinished)
      return
    }
    let isOver =
      session.failure != nil || !session.wantsRead && !session.wantsWrite
      || session.isIdle && (http2.farewell == .said || session.peerIsLeaving)
    guard isOver else { return }
    if session.failure != nil { http2.cancelAll() }
    guard session.failure != nil || !session.wantsWrite else { return }
    connection.closesAfterOutput = true
    lingerIfLast(connection)
  }

  /// Writes to the connections that were answered since the loop looked into its inbox.
  func writeUnwritten() {
    guard !unwritten.isEmpty else { return }
    var due: [EventToken] = []
    swap(&due, &unwritten)
    for token in due {
      guard let connection = connections[token], let http2 = connection.http2 else { continue }
      finishTurn(connection, http2)
    }
  }
}
