extension EventLoop {
  /// How long the kernel may let the loop sleep.
  var waitTime: Int32 {
    guard revisits.isEmpty else { return 0 }
    let time = wheel.millisecondsUntilDue(now: now) ?? -1
    let next = min(
      acceptPausedUntil ?? .max, poolCheckAt ?? .max, handshakesBeginUntil ?? handshakesEnd ?? .max)
    guard next != .max else { return time }
    let pause = next <= now ? 0 : Int32(clamping: (next - now) / 1_000_000 + 1)
    return time < 0 ? pause : min(time, pause)
  }

  /// Looks once in a while, as long as there is any, at the memory that rests in the pool.
  func releasePoolMemory() {
    let pool = configuration.bufferPool
    if let time = poolCheckAt {
      guard now >= time else { return }
      let hasMore = pool.releaseUnused(at: now)
      poolCheckAt = hasMore ? now + pool.releasePause : nil
      guard !hasMore else { return }
    }
    if pool.needsReleasing { poolCheckAt = now + pool.releaseInterval }
  }

  /// Finds out, after each turn of a connection, what it waits for now and until when.
  func finishTurn(_ connection: Connection) {
    guard connection.isOpen else { return }
    if let http2 = connection.http2, !connection.isLingering {
      schedule(connection, http2)
      return
    }
    if connection.canProceed, connection.machine.wantsInput, !connection.peerFinished,
      !connection.waitsForHandshakePlace
    {
      setInterest(connection, [.input, .peerFinished])
      if connection.transport.hasBufferedInput { revisit(connection) }
    }
    if connection.transport.hasUnsentOutput {
      setInterest(connection, connection.interest.union(.output))
    }
    let activity = connection.currentActivity
    if activity != connection.activity || connection.activityExchange != connection.exchange {
      connection.activity = activity
      connection.activityExchange = connection.exchange
      connection.activitySince = now
      connection.lastProgress = now
      connection.activityBytes = 0
    }
    connection.deadline = deadline(of: connection)
    guard connection.deadline != .max else { return }
    wheel.schedule(Int(connection.token.slot), at: connection.deadline)
  }

  private func deadline(of connection: Connection) -> UInt64 {
    switch connection.activity {
    case .answering: return .max
    // Longer in line than those in front may take.
    case .handshake where connection.waitsForHandshakePlace:
      return idleDeadline(connection, patience.handshake &* 2)
    case .handshake where handshakes.hasLine:
      return idleDeadline(connection, min(patience.handshake, Self.handshakePatienceOfLine))
    case .handshake: return idleDeadline(connection, patience.handshake)
    case .idle:
      // A new connection must begin its first request as fast as any head must come.
      // What was passed belongs to a request, whose head must come as fast.
      let hasPassed = connection.takesDescriptors && connection.passed?.isEmpty == false
      let isNew = connection.exchange == 0 || hasPassed
      return idleDeadline(connection, isNew ? patience.header : patience.keepAlive)
    case .head: return connection.activitySince &+ patience.header
    case .lingering: return connection.activitySince &+ patience.linger
    case .body: return transferDeadline(connection, patience.body)
    case .writing: return transferDeadline(connection, patience.write)
    }
  }

  /// While nobody is owed an answer, a drain makes the time short.
  private func idleDeadline(_ connection: Connection, _ time: UInt64) -> UInt64 {
    let end = connection.activitySince &+ time
    guard isDraining else { return end }
    return min(end, max(drainStarted, connection.activitySince) &+ patience.idleDuringDrain)
  }

  /// Bytes must come, and on the average not too slowly.
  private func transferDeadline(_ connection: Connection, _ stall: UInt64) -> UInt64 {
    let bonus = UInt64(connection.activityBytes) &* patience.perByte
    return min(connection.lastProgress &+ stall, connection.activitySince &+ stall &+ bonus)
  }

  /// Deals with every connection whose time is over.
  func expireDeadlines() {
    resumeAccepting()
    while let slot = wheel.popDue(now: now) {
      guard let connection = connections[slot: slot], connection.isOpen else { continue }
      guard connection.deadline <= now else {
        if connection.deadline != .max { wheel.schedule(slot, at: connection.deadline) }
        continue
      }
      expire(connection)
    }
  }

  private func expire(_ connection: Connection) {
    if let http2 = connection.http2, !connection.isLingering {
      expire(connection, http2)
      return
    }
    if connection.mayBeHTTP2, !connection.pending.isEmpty {
      endProtocolChoice(connection)
      guard connection.canProceed else {
        flush(connection)
        finishTurn(connection)
        return
      }
    }
    guard isReallyLate(connection) else { return }
    switch connection.activity {
    case .lingering: close(connection, connection.closeReason)
    case .handshake: giveUpHandshake(connection)
    case .writing: close(connection, .timeout)
    case .idle: close(connection, isDraining ? .shutdown : .idleTimeout)
    case .head, .body, .answering:
      guard let refusal = connection.machine.timedOut() else {
        close(connection, .timeout)
        return
      }
      // What was wrong with the request as a whole says more than that its body was slow.
      if let rejection = connection.rejection {
        answer(connection, rejection)
      } else {
        refuse(connection, refusal)
      }
      flush(connection)
      finishTurn(connection)
    }
  }
}

extension EventLoop {
  /// Takes what has come and sends what can go before a client is called late.
  ///
  /// The process may have been stopped or busy: then the socket knows more than the loop does.
  private func isReallyLate(_ connection: Connection) -> Bool {
    switch connection.activity {
    case .answering, .lingering: return true
    case .writing: continueWriting(connection)
    case .handshake, .idle, .head, .body: readable(connection, .input)
    }
    guard connection.isOpen, connection.deadline <= now else { return false }
    guard connection.activity == .head || connection.activity == .body,
      connection.transport.hasUnreadBytes(with: calls)
    else { return true }
    // More is here than one turn takes: whoever sends that much is not slow.
    wheel.cancel(Int(connection.token.slot))
    wheel.schedule(Int(connection.token.slot), at: now)
    return false
  }
}

/// The configured timeouts in nanoseconds, computed once.
struct Patience {
  let handshake: UInt64
  let header: UInt64
  let body: UInt64
  let keepAlive: UInt64
  let write: UInt64
  let linger: UInt64
  let idleDuringDrain: UInt64
  /// What each byte of a body earns at the slowest rate allowed.
  let perByte: UInt64

  init(_ timeouts: ServerConfiguration.Timeouts) {
    handshake = timeouts.handshake.nanoseconds
    header = timeouts.header.nanoseconds
    body = timeouts.body.nanoseconds
    keepAlive = timeouts.keepAlive.nanoseconds
    write = timeouts.write.nanoseconds
    linger = timeouts.linger.nanoseconds
    idleDuringDrain = timeouts.idleDuringDrain.nanoseconds
    perByte = 1_000_000_000 / UInt64(max(1, timeouts.minimumBytesPerSecond))
  }
}

extension Connection {
  /// What the connection waits for, as far as time is concerned.
  var currentActivity: Activity {
    if isLingering { return .lingering }
    if isHandshaking { return .handshake }
    if output != nil || producer != nil { return .writing }
    if mayBeHTTP2, !pending.isEmpty { return .head }
    if machine.isIdle { return .idle }
    switch machine.state {
    case .head: return .head
    case .fixedBody, .chunkedBody: return .body
    case .admission, .answering, .closing: return .answering
    }
  }
}
