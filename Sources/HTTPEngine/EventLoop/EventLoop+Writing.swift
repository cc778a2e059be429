extension EventLoop {
  /// Content up to this size is copied behind its head; more is sent from where it is.
  private static var copiedContent: Int { 16 << 10 }
  /// Output of pipelined answers is sent at the latest at this size.
  private static var gatheredOutput: Int { 64 << 10 }
  /// Output sent in one turn before other connections get theirs.
  private static var sentPerTurn: Int { 1 << 20 }
  /// What a piece of produced content counts at least: producing costs time too.
  private static var smallestPiece: Int { 1 << 10 }

  /// Puts content behind the head that has just been written.
  func send(
    _ body: ResponseBody, plan: HTTP1Connection.ResponsePlan, to connection: Connection
  ) {
    switch body {
    case .empty: break
    case .bytes(let bytes) where bytes.count <= Self.copiedContent: output.append(bytes.span)
    case .buffer(let buffer) where buffer.count <= Self.copiedContent:
      output.append(buffer.bytes)
    case .bytes, .buffer:
      flush(connection, with: body)
      requestsLeft = 0
    case .stream(let producer):
      connection.producer = producer
      connection.framesProduct = plan.content == .chunked
      produce(connection)
    }
    if output.count >= Self.gatheredOutput {
      flush(connection)
      requestsLeft = 0
    }
  }

  /// Sends the loop's output, which belongs to this connection, and a body after it.
  func flush(_ connection: Connection, with body: ResponseBody = .empty) {
    guard connection.isOpen else {
      output.clear()
      return
    }
    let total = output.count + (body.count ?? 0)
    guard connection.output == nil || total == 0 else {
      // An answer from a worker while the one before it still waits for the socket.
      block(connection, body, 0)
      return
    }
    var sent = 0
    while sent < total {
      guard sent < Self.sentPerTurn else {
        // The socket may take more: it says so in the next turn.
        block(connection, body, sent)
        return
      }
      let result = write(connection, body, sent)
      if let errno = result.errno {
        guard errno == Errno.wouldBlock else {
          output.clear()
          close(connection, .peerAborted)
          return
        }
        block(connection, body, sent)
        return
      }
      sent += result.value
      connection.progressed(result.value, now: now)
    }
    output.clear()
    lingerIfLast(connection)
  }

  private func write(_ connection: Connection, _ body: ResponseBody, _ sent: Int) -> CallResult {
    let ofHead = min(sent, output.count)
    let rest = unsafe UnsafeRawBufferPointer(rebasing: output.bytes[ofHead...])
    return unsafe body.withBytes(from: sent - ofHead) { content in
      unsafe connection.transport.send(rest, content, with: calls)
    }
  }

  /// Keeps what the socket does not take, until it does, behind what waits already.
  private func block(_ connection: Connection, _ body: ResponseBody, _ sent: Int) {
    let ofHead = min(sent, output.count)
    var pending = connection.output ?? PendingOutput()
    // Taken out, so that it is changed in place.
    connection.output = nil
    // Only output that is still unsent is copied; `output` serves others after this.
    unsafe pending.append(
      UnsafeRawBufferPointer(rebasing: output.bytes[ofHead...]), body: body,
      bodySent: sent - ofHead)
    connection.output = pending
    output.clear()
    setInterest(connection, connection.interest.union(.output))
  }

  /// The socket takes more.
  func continueWriting(_ connection: Connection) {
    if connection.transport.hasUnsentOutput {
      if let errno = connection.transport.flush(with: calls).errno {
        if errno != Errno.wouldBlock { close(connection, .peerAborted) }
        return
      }
    }
    if connection.isLingering {
      finishSending(connection)
      return
    }
    if var pending = connection.output {
      connection.output = nil
      var sent = 0
      let progress = pending.send(
        through: connection.transport, with: calls, atMost: Self.sentPerTurn, sent: &sent)
      if sent > 0 { connection.progressed(sent, now: now) }
      switch progress {
      case .blocked:
        connection.output = pending
        finishTurn(connection)
        return
      case .failed:
        close(connection, .peerAborted)
        return
      case .finished: break
      }
    }
    setInterest(connection, connection.interest.subtracting(.output))
    if let http2 = connection.http2, !connection.closesAfterOutput {
      finishTurn(connection, http2)
      return
    }
    if connection.producer != nil { produce(connection) }
    lingerIfLast(connection)
    guard connection.isOpen else { return }
    resume(connection)
  }

  /// Sends produced content until the socket is full or it is others' turn.
  private func produce(_ connection: Connection) {
    var budget = Self.sentPerTurn
    while let producer = connection.producer, connection.isOpen, connection.output == nil {
      guard budget > 0 else {
        flush(connection)
        setInterest(connection, connection.interest.union(.output))
        return
      }
      guard let piece = producer.next() else {
        connection.producer = nil
        if connection.framesProduct { output.append("0\r\n\r\n") }
        flush(connection)
        return
      }
      budget -= max(piece.count, Self.smallestPiece)
      appendPiece(piece, framed: connection.framesProduct)
      if output.count >= Self.gatheredOutput { flush(connection) }
    }
  }

  /// RFC 9112 §7.1; an empty chunk would end the body.
  private func appendPiece(_ piece: [UInt8], framed: Bool) {
    guard !piece.isEmpty else { return }
    guard framed else {
      output.append(piece.span)
      return
    }
    output.append(hexadecimal: piece.count)
    output.append("\r\n")
    output.append(piece.span)
    output.append("\r\n")
  }

  /// Asks the kernel for other events, if they differ.
  func setInterest(_ connection: Connection, _ interest: Epoll.Readiness) {
    guard connection.isOpen, interest != connection.interest else { return }
    connection.interest = interest
    epoll.change(connection.descriptor, interest, connection.token)
  }
}
