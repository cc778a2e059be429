extension EventLoop {
  /// How long a handshake may take, in nanoseconds, while others wait for its place.
  static var handshakePatienceOfLine: UInt64 { 1_000_000_000 }

  /// Goes on with a TLS handshake; true when it is complete and requests can be read.
  func continueHandshake(_ connection: Connection) -> Bool {
    guard let tls = connection.transport.tls, takeHandshakePlace(connection) else { return false }
    switch tls.handshake(connection.descriptor, calls) {
    case .blocked:
      finishTurn(connection)
      return false
    case .failed(let failure):
      observer.tlsFailed(failure, connection: connection.info)
      endHandshake(connection)
      end(connection, failure)
      return false
    case .finished:
      connection.isHandshaking = false
      connection.info = connection.info.with(tls.security)
      endHandshake(connection)
      observer.handshakeCompleted(connection.info)
      // The time for the first request begins now.
      finishTurn(connection)
      return true
    }
  }

  /// A connection that has not finished its handshake in time.
  func giveUpHandshake(_ connection: Connection) {
    if isDraining {
      close(connection, .shutdown)
    } else {
      observer.tlsFailed(.timeout, connection: connection.info)
      close(connection, .tlsFailed)
    }
  }

  /// A read has failed: the socket is broken, or TLS is.
  func fail(_ connection: Connection, _ errno: Int32) {
    guard errno == Errno.protocolError, connection.transport.tls != nil else {
      close(connection, .peerAborted)
      return
    }
    observer.tlsFailed(.protocolViolation, connection: connection.info)
    end(connection, .protocolViolation)
  }

  /// Lets the client read why TLS has failed, if there is anybody left to read it.
  private func end(_ connection: Connection, _ failure: TLSFailure) {
    output.clear()
    guard failure != .disconnected else {
      close(connection, .tlsFailed)
      return
    }
    connection.cancellation.cancel()
    connection.endExchange()
    connection.output = nil
    connection.producer = nil
    connection.closeReason = .tlsFailed
    connection.closesAfterOutput = true
    lingerIfLast(connection)
    // No answer is owed to whom nothing can be said.
    connection.endedCleanly = true
    finishTurn(connection)
  }

  // MARK: Places

  private func takeHandshakePlace(_ connection: Connection) -> Bool {
    guard !connection.holdsHandshakePlace else { return true }
    guard !connection.waitsForHandshakePlace else { return false }
    let hadLine = handshakes.hasLine
    if handshakes.take(connection.token) {
      connection.holdsHandshakePlace = true
      return true
    }
    connection.waitsForHandshakePlace = true
    setInterest(connection, [])
    finishTurn(connection)
    if !hadLine { hurryHandshakes() }
    return false
  }

  /// While others wait, a handshake has less time: clients that say nothing more would otherwise
  /// keep everyone out.
  private func hurryHandshakes() {
    for token in handshakes.holders {
      if let holder = connections[token] { finishTurn(holder) }
    }
  }

  /// Gives the place of a connection to the next in line.
  func endHandshake(_ connection: Connection) {
    guard connection.holdsHandshakePlace else { return }
    connection.holdsHandshakePlace = false
    handshakes.giveBack(connection.token)
    while let token = handshakes.next() {
      guard let next = connections[token], next.waitsForHandshakePlace else {
        handshakes.giveBack(token)
        continue
      }
      next.waitsForHandshakePlace = false
      next.holdsHandshakePlace = true
      // Level-triggered: what it has sent meanwhile makes an event.
      setInterest(next, [.input, .peerFinished])
      // The time in line was not the client's fault.
      next.activitySince = now
      finishTurn(next)
      return
    }
  }
}
