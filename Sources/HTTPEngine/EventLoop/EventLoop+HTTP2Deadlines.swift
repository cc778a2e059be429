extension EventLoop {
  /// Finds out what a connection and its streams wait for, and until when.
  func schedule(_ connection: Connection, _ http2: HTTP2Connection) {
    setInterest(connection, interest(of: connection, http2))
    if connection.transport.hasBufferedInput, connection.interest.contains(.input) {
      revisit(connection)
    }
    connection.deadline = deadline(of: connection, http2)
    guard connection.deadline != .max else { return }
    wheel.schedule(Int(connection.token.slot), at: connection.deadline)
  }

  private func interest(of connection: Connection, _ http2: HTTP2Connection) -> Epoll.Readiness {
    var interest = connection.interest.intersection(.output)
    if connection.output != nil || connection.transport.hasUnsentOutput {
      interest.insert(.output)
    }
    guard takesInput(connection, http2) else { return interest }
    return interest.union([.input, .peerFinished])
  }

  private func deadline(of connection: Connection, _ http2: HTTP2Connection) -> UInt64 {
    var end = http2.farewell == .announced ? drainStarted &+ patience.idleDuringDrain : .max
    if let since = http2.session.sectionSince { end = min(end, since &+ patience.header) }
    if connection.output != nil { end = min(end, blockedDeadline(connection, http2)) }
    guard !http2.session.streams.isEmpty else {
      return min(end, http2.idleSince &+ (http2.hasServed ? patience.keepAlive : patience.header))
    }
    for stream in http2.session.streams.values { end = min(end, deadline(of: stream)) }
    return end
  }

  private func blockedDeadline(_ connection: Connection, _ http2: HTTP2Connection) -> UInt64 {
    max(connection.lastProgress, http2.blockedSince ?? now) &+ patience.write
  }

  private func deadline(of stream: HTTP2Stream) -> UInt64 {
    if stream.isAnswered, !stream.answerEnded {
      return max(transferDeadline(stream, patience.write), stream.excusedUntil)
    }
    if stream.requestEnded { return .max }
    // The rest of a body that is not wanted has as long as a lingering connection of HTTP/1.
    if stream.answerEnded { return stream.partSince &+ patience.linger }
    return transferDeadline(stream, patience.body)
  }

  /// Bytes must come or go, and on the average not too slowly.
  private func transferDeadline(_ stream: HTTP2Stream, _ stall: UInt64) -> UInt64 {
    let bonus = UInt64(stream.partBytes) &* patience.perByte
    return min(stream.lastProgress &+ stall, stream.partSince &+ stall &+ bonus)
  }

  /// Deals with what is overdue on a connection.
  func expire(_ connection: Connection, _ http2: HTTP2Connection) {
    http2.session.now = now
    // What has arrived or can be sent counts first: the process may have been stopped or busy.
    if connection.output != nil { continueWriting(connection) }
    if connection.isOpen { readable(connection, http2, .input) }
    guard connection.isOpen, !connection.isLingering, deadline(of: connection, http2) <= now else {
      if connection.isOpen { finishTurn(connection, http2) }
      return
    }
    if connection.output != nil, blockedDeadline(connection, http2) <= now {
      close(connection, .timeout)
      return
    }
    if let since = http2.session.sectionSince, since &+ patience.header <= now {
      observer.refused(.requestTimeout, connection: connection.info)
      http2.session.fail(.slow)
    }
    for stream in http2.session.streams.values where deadline(of: stream) <= now {
      expire(stream, of: connection, http2)
    }
    if http2.farewell == .announced, drainStarted &+ patience.idleDuringDrain <= now {
      sayFarewell(http2)
    }
    let isIdle = http2.session.isIdle && http2.farewell != .said
    if isIdle, deadline(of: connection, http2) <= now {
      expireIdle(connection, http2)
    } else {
      finishTurn(connection, http2)
    }
  }

  private func expire(
    _ stream: HTTP2Stream, of connection: Connection, _ http2: HTTP2Connection
  ) {
    if stream.answerEnded {
      http2.session.reset(stream, .noError)
    } else if !stream.isAnswered {
      refuse(stream, .requestTimeout, of: connection, http2)
    } else {
      stream.excusedUntil = http2.session.excuse(stream, patience)
      if stream.excusedUntil <= now { http2.session.reset(stream, .cancel) }
    }
  }

  /// Says farewell to a connection that is really silent.
  private func expireIdle(_ connection: Connection, _ http2: HTTP2Connection) {
    sayFarewell(http2)
    http2.session.write(to: output, limit: .max, now: now, handler: http2)
    flush(connection)
    close(connection, isDraining ? .shutdown : .idleTimeout)
  }
}
