extension EventLoop {
  /// Takes what has been accepted by the kernel, then no more; answers what is there.
  func startDraining(_ latch: DrainLatch) {
    drainLatch = latch
    guard !isDraining else { return }
    isDraining = true
    drainStarted = now
    for listener in listeners { listener.refuseNewConnections() }
    for listener in listeners {
      while acceptOne(listener) {}
      epoll.remove(listener.descriptor)
      calls.close(listener.descriptor)
    }
    listeners = []
    acceptPausedUntil = nil
    // Idle connections have a moment left: a request may be on its way to them.
    for connection in connections.tenants { finishTurn(connection) }
  }

  /// Tells who waits when no answer is owed any more.
  func finishDrainIfDone() {
    guard let latch = drainLatch else { return }
    for connection in connections.tenants where connection.owesAnswer { return }
    drainLatch = nil
    latch.signal()
  }
}

extension Connection {
  /// False when the last answer is with the kernel and nothing unread could destroy it.
  fileprivate var owesAnswer: Bool { !(isLingering && lingeredBytes == 0 && endedCleanly) }
}
