extension EventLoop {
  /// How long the kernel may let the loop sleep.
  var waitTime: Int32 {
    var time = wheel.millisecondsUntilDue(now: now) ?? -1
    if let until = acceptPausedUntil {
      let pause = until <= now ? 0 : Int32((until - now) / 1_000_000) + 1
      time = time < 0 ? pause : min(time, pause)
    }
    return time
  }

  /// Finds out, after each turn of a connection, what it waits for now and until when.
  func finishTurn(_ connection: Connection) {
    guard connection.isOpen else { return }
    if connection.canProceed, connection.machine.wantsInput, !connection.peerFinished {
      setInterest(connection, [.input, .peerFinished])
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
    let timeouts = configuration.timeouts
    switch connection.activity {
    case .answering: return .max
    case .idle:
      // A new connection must begin its first request as fast as any head must come.
      let patience = connection.exchange == 0 ? timeouts.header : timeouts.keepAlive
      let end = connection.activitySince &+ patience.nanoseconds
      return isDraining ? min(end, drainStarted &+ timeouts.idleDuringDrain.nanoseconds) : end
    case .head: return connection.activitySince &+ timeouts.header.nanoseconds
    case .lingering: return connection.activitySince &+ timeouts.linger.nanoseconds
    case .body: return transferDeadline(connection, timeouts.body.nanoseconds)
    case .writing: return transferDeadline(connection, timeouts.write.nanoseconds)
    }
  }

  /// Bytes must come, and on the average not too slowly.
  private func transferDeadline(_ connection: Connection, _ patience: UInt64) -> UInt64 {
    let rate = UInt64(max(1, configuration.timeouts.minimumBytesPerSecond))
    let earned = UInt64(connection.activityBytes).multipliedReportingOverflow(by: 1_000_000_000)
    let bonus = earned.overflow ? UInt64(Int64.max) : earned.partialValue / rate
    return min(
      connection.lastProgress &+ patience, connection.activitySince &+ patience &+ bonus)
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
    switch connection.activity {
    case .lingering: close(connection, .answered)
    case .writing: close(connection, .timeout)
    case .idle: close(connection, isDraining ? .shutdown : .idleTimeout)
    case .head, .body, .answering:
      guard let refusal = connection.machine.timedOut() else {
        close(connection, .timeout)
        return
      }
      refuse(connection, refusal)
      flush(connection)
      finishTurn(connection)
    }
  }
}

extension Connection {
  /// What the connection waits for, as far as time is concerned.
  var currentActivity: Activity {
    if isLingering { return .lingering }
    if output != nil || producer != nil { return .writing }
    if machine.isIdle { return .idle }
    switch machine.state {
    case .head: return .head
    case .fixedBody, .chunkedBody, .discarding: return .body
    case .admission, .answering, .closing: return .answering
    }
  }
}
