extension EventLoop {
  /// Takes what clients have begun, nothing new; answers what is there.
  ///
  /// A client whose handshake has begun may believe that it is connected before the kernel here
  /// does. Closing the listener would reset it, so the listener stays for as long as an idle
  /// connection does, deaf to new handshakes.
  func startDraining(_ latch: DrainLatch) {
    drainLatches.append(latch)
    guard !isDraining else { return }
    isDraining = true
    drainStarted = now
    for (index, listener) in listeners.enumerated() where !listener.refuseNewConnections() {
      // Whoever else holds the socket takes what waits there.
      epoll.remove(listener.descriptor)
      leftListeners.insert(index)
    }
    handshakesEnd = now &+ patience.idleDuringDrain
    // Idle connections have a moment left: a request may be on its way to them.
    for connection in connections.tenants {
      if let http2 = connection.http2 { startDraining(connection, http2) }
      finishTurn(connection)
    }
  }

  /// Takes the last connections from the kernel and stops listening, when it is time.
  func finishHandshakes() {
    guard let end = handshakesEnd, now >= end else { return }
    handshakesEnd = nil
    for (index, listener) in listeners.enumerated() {
      if !leftListeners.contains(index) {
        while acceptOne(listener) {}
        epoll.remove(listener.descriptor)
      }
      listener.close()
    }
    listeners = []
    acceptPausedUntil = nil
  }

  /// Tells who waits when no answer is owed any more.
  func finishDrainIfDone() {
    guard !drainLatches.isEmpty, handshakesEnd == nil else { return }
    guard !connections.contains(where: \.owesAnswer) else { return }
    signalDrained()
  }

  /// Lets everyone go on who waits for the end of the drain.
  func signalDrained() {
    for latch in drainLatches { latch.signal() }
    drainLatches = []
  }

  /// Whether this is the last answer of a connection because the server drains.
  ///
  /// A request that is already here is answered too: only the answer after which nothing has
  /// arrived announces the end, and the client knows that what it sends later was not processed
  /// (RFC 9112 §9.6).
  func isLastAnswer(of connection: Connection) -> Bool {
    guard isDraining else { return false }
    let hasInput = connection.hasUnusedInput || !connection.pending.isEmpty
    return !hasInput && !connection.transport.hasUnreadBytes(with: calls)
  }
}

extension Connection {
  /// False when the last answer is with the kernel and nothing unread could destroy it.
  fileprivate var owesAnswer: Bool { !(isLingering && lingeredBytes == 0 && endedCleanly) }
}
