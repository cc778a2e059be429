internal import CLinux

extension EventLoop {
  /// Connections taken in one turn before others get theirs.
  private static var acceptBatch: Int { 64 }
  /// How long a listener rests when there are no descriptors.
  private static var acceptPause: UInt64 { 100_000_000 }
  /// Connections beyond the maximum that are kept for a moment to read their refusal.
  private static var refusedAtOnce: Int { 128 }

  /// Accepts what waits at a listener.
  func accept(from index: Int) {
    guard index < listeners.count, acceptPausedUntil == nil else { return }
    for _ in 0..<Self.acceptBatch {
      guard acceptOne(listeners[index]) else { return }
    }
  }

  /// Accepts one connection; false when none waits or the listener has to rest.
  func acceptOne(_ listener: ListeningSocket) -> Bool {
    var peer = SocketAddress()
    let result = calls.accept(listener.descriptor, peer: &peer.storage)
    guard let errno = result.errno else {
      open(Int32(result.value), from: peer, listener: listener)
      return true
    }
    if errno == Errno.wouldBlock { return false }
    observer.acceptFailed(errno: errno)
    // Other errors concern the one connection that is gone already (accept(2)).
    guard Errno.isExhaustion(errno) else { return true }
    refuseWithReserve(listener)
    pauseAccepting()
    return false
  }

  private func open(_ descriptor: Int32, from peer: SocketAddress, listener: ListeningSocket) {
    let info = ConnectionInfo(
      id: places.nextID(), peer: peer.numeric.host, listener: listener.name,
      isTLS: listener.tls != nil)
    let isCounted = places.take()
    guard isCounted || canRefuse(at: listener) else {
      if listener.tls != nil { observer.refused(.tooManyConnections, connection: info) }
      calls.close(descriptor)
      return
    }
    let connection = connections.insert { token in
      Connection(
        transport: transport(descriptor, listener), token: token, info: info,
        isCounted: isCounted,
        limits: configuration.limits, now: now)
    }
    guard epoll.add(descriptor, connection.interest, connection.token) else {
      close(connection, .shutdown)
      return
    }
    observer.connectionOpened(info)
    if !isCounted {
      refusedCount += 1
      refuse(connection, .tooManyConnections)
      flush(connection)
    }
    finishTurn(connection)
  }

  /// Whether a client too many gets an answer; a handshake just for that would cost too much.
  private func canRefuse(at listener: ListeningSocket) -> Bool {
    listener.tls == nil && refusedCount < Self.refusedAtOnce
  }

  private func transport(_ descriptor: Int32, _ listener: ListeningSocket) -> Transport {
    guard let slot = listener.tls, let tlsScratch else { return Transport(descriptor: descriptor) }
    return Transport(
      descriptor: descriptor, tls: TLSTransport(context: slot.current, scratch: tlsScratch))
  }

  /// Takes one client and closes it, which tells it more than silence.
  ///
  /// Without descriptors nothing can be accepted; the reserve makes room for this.
  private func refuseWithReserve(_ listener: ListeningSocket) {
    guard reserve >= 0 else { return }
    calls.close(reserve)
    var peer = SocketAddress()
    let result = calls.accept(listener.descriptor, peer: &peer.storage)
    if result.errno == nil { calls.close(Int32(result.value)) }
    reserve = calls.openReserve()
  }

  private func pauseAccepting() {
    acceptPausedUntil = now + Self.acceptPause
    for (index, listener) in listeners.enumerated() {
      epoll.change(listener.descriptor, [], .listener(index))
    }
  }

  /// Listens again after a pause.
  func resumeAccepting() {
    guard let until = acceptPausedUntil, now >= until else { return }
    acceptPausedUntil = nil
    if reserve < 0 { reserve = calls.openReserve() }
    for (index, listener) in listeners.enumerated() {
      epoll.change(listener.descriptor, .input, .listener(index))
    }
  }
}
