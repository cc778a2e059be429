extension EventLoop {
  /// When the last answer is written, the client gets time to read it: closing at once while it
  /// still sends would reset the connection and destroy the answer (RFC 9112 §9.6).
  func lingerIfLast(_ connection: Connection) {
    guard connection.closesAfterOutput, connection.isOpen, !connection.isLingering else { return }
    guard connection.output == nil, connection.producer == nil else { return }
    guard !connection.peerFinished else {
      close(connection, .answered)
      return
    }
    connection.isLingering = true
    connection.endedCleanly =
      connection.http2?.session.isIdle
      ?? (connection.pending.isEmpty && connection.machine.hasReadAll)
    connection.pending = []
    connection.passed = nil
    finishSending(connection)
  }

  /// Half-closes a lingering connection, as soon as the transport can say so.
  func finishSending(_ connection: Connection) {
    let isFinished = connection.transport.finishSending(with: calls)
    setInterest(
      connection, isFinished ? [.input, .peerFinished] : [.input, .peerFinished, .output])
  }

  /// Reads and drops what a client sends after its last answer, within bounds.
  func drainInput(_ connection: Connection) {
    for _ in 0..<16 {
      let memory = unsafe input.memory
      let result =
        unsafe connection.takesDescriptors
        ? receive(connection, into: memory) : calls.receive(connection.descriptor, into: memory)
      if result.errno == Errno.wouldBlock { return }
      connection.lingeredBytes += max(result.value, 0)
      let isOver =
        result.value <= 0 || connection.lingeredBytes > configuration.limits.lingerBytes
      if isOver {
        close(connection, connection.closeReason)
        return
      }
    }
  }

  /// Ends a connection and everything that hangs on it.
  func close(_ connection: Connection, _ reason: CloseReason) {
    guard connection.isOpen else { return }
    connection.isOpen = false
    connection.transport.sayFarewell(with: calls)
    connection.cancellation.cancel()
    connection.http2?.cancelAll()
    connection.http2 = nil
    endHandshake(connection)
    wheel.cancel(Int(connection.token.slot))
    connections.remove(connection.token)
    // What a client has not read by now would stay in the kernel for minutes.
    if reason == .timeout { calls.dropUnsent(connection.descriptor) }
    closeDescriptor(of: connection)
    connection.endExchange()
    connection.output = nil
    connection.producer = nil
    connection.pending = []
    connection.passed = nil
    if connection.isCounted { places.giveBack() } else { refusedCount -= 1 }
    observer.connectionClosed(connection.info, reason: reason)
  }
}
