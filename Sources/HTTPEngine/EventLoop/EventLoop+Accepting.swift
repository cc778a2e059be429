internal import CLinux

extension EventLoop {
  /// Connections taken in one turn before others get theirs.
  private static var acceptBatch: Int { 64 }
  /// Clients that are turned away each time that there are no descriptors.
  private static var refusedWithReserve: Int { 16 }
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
      acceptFailures = 0
      open(Int32(result.value), from: peer, listener: listener)
      return true
    }
    if errno == Errno.wouldBlock { return false }
    observer.acceptFailed(errno: errno)
    guard Errno.isExhaustion(errno) else {
      // Other errors concern the one connection that is gone already (accept(2)), unless they last.
      acceptFailures += 1
      guard acceptFailures >= Self.acceptBatch else { return true }
      acceptFailures = 0
      pauseAccepting()
      return false
    }
    refuseWithReserve(listener)
    pauseAccepting()
    return false
  }

  private func info(
    of descriptor: Int32, from peer: SocketAddress, listener: ListeningSocket
  ) -> ConnectionInfo {
    ConnectionInfo(
      id: places.nextID(), peer: peer.numeric.host, listener: listener.name,
      isTLS: listener.tls != nil, process: listener.process(of: descriptor))
  }

  private func insert(
    _ descriptor: Int32, _ info: ConnectionInfo, _ listener: ListeningSocket, isCounted: Bool
  ) -> Connection {
    let transport = transport(descriptor, listener)
    if !isCounted { refusedCount += 1 }
    let connection = connections.insert { token in
      Connection(
        transport: transport, token: token, info: info, isCounted: isCounted,
        limits: configuration.limits, now: now)
    }
    connection.mayBeHTTP2 = listener.protocols.contains(.http2)
    if listener.takesDescriptors {
      connection.takesDescriptors = true
      connection.passed = PassedDescriptors()
    }
    return connection
  }

  private func open(_ descriptor: Int32, from peer: SocketAddress, listener: ListeningSocket) {
    let info = info(of: descriptor, from: peer, listener: listener)
    let isCounted = places.take()
    guard isCounted || canRefuse(at: listener) else {
      if listener.tls != nil { observer.refused(.tooManyConnections, connection: info) }
      calls.close(descriptor)
      return
    }
    let connection = insert(descriptor, info, listener, isCounted: isCounted)
    observer.connectionOpened(connection.info)
    let watched = calls.watch(epoll, descriptor, connection.interest, connection.token)
    if let errno = watched.errno {
      observer.acceptFailed(errno: errno)
      close(connection, .shutdown)
      return
    }
    if !isCounted {
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
      descriptor: descriptor, tls: TLSTransport(slot: slot, scratch: tlsScratch))
  }

  /// Takes some clients, tells them that there is no room, and closes them.
  ///
  /// Without descriptors nothing can be accepted; the reserve makes room for one at a time. To hear
  /// 503 at once is better than to wait for nothing.
  private func refuseWithReserve(_ listener: ListeningSocket) {
    guard reserve >= 0 else { return }
    calls.close(reserve)
    for _ in 0..<Self.refusedWithReserve {
      var peer = SocketAddress()
      let result = calls.accept(listener.descriptor, peer: &peer.storage)
      guard result.errno == nil else { break }
      turnAway(Int32(result.value), from: peer, listener: listener)
    }
    reserve = calls.openReserve()
  }

  /// Answers and closes in one turn, because the descriptor is needed.
  private func turnAway(_ descriptor: Int32, from peer: SocketAddress, listener: ListeningSocket) {
    let info = info(of: descriptor, from: peer, listener: listener)
    guard listener.tls == nil else {
      observer.refused(.tooManyConnections, connection: info)
      calls.close(descriptor)
      return
    }
    let connection = insert(descriptor, info, listener, isCounted: false)
    observer.connectionOpened(info)
    refuse(connection, .tooManyConnections)
    flush(connection)
    // What has been sent already would, unread, turn the end into a reset.
    if connection.isOpen { drainInput(connection) }
    close(connection, .answered)
  }

  /// What wakes this loop: of those that wait at one socket, the kernel wakes one.
  func interest(in listener: ListeningSocket) -> Epoll.Readiness {
    configuration.loops > 1 && listener.isShared ? [.input, .exclusive] : .input
  }

  private func pauseAccepting() {
    acceptPausedUntil = now + Self.acceptPause
    for listener in listeners { epoll.remove(listener.descriptor) }
  }

  /// Listens again after a pause.
  func resumeAccepting() {
    guard let until = acceptPausedUntil, now >= until else { return }
    acceptPausedUntil = nil
    if reserve < 0 { reserve = calls.openReserve() }
    for (index, listener) in listeners.enumerated() where !leftListeners.contains(index) {
      // Without memory for it the listener rests once more.
      guard epoll.add(listener.descriptor, interest(in: listener), .listener(index)) == 0 else {
        pauseAccepting()
        return
      }
    }
  }
}
