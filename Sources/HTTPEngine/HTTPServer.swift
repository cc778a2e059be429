internal import CLinux
internal import Glibc
internal import Locking

/// An HTTP server: loop threads, their listeners and their connections.
public final class HTTPServer: Sendable {
  private struct Running {
    let inboxes: [LoopInbox]
    var threads: [pthread_t]
  }

  private enum State {
    case new
    case running(Running)
    case stopped
  }

  /// What it was told at its start.
  public let configuration: ServerConfiguration
  private let responder: any Responder
  private let observer: any ServerObserver
  private let state = Locked(State.new)
  private let certificates = Locked<[TLSContextSlot]>([])

  /// Makes a server that does nothing yet.
  ///
  /// - Parameters:
  ///   - configuration: Addresses, limits and timeouts.
  ///   - responder: Answers the requests.
  ///   - observer: Hears what happens.
  public init(
    configuration: ServerConfiguration, responder: any Responder,
    observer: any ServerObserver = SilentObserver()
  ) {
    self.configuration = configuration
    self.responder = responder
    self.observer = observer
  }

  deinit { stop() }

  /// Binds every listener and starts the loop threads.
  ///
  /// - Returns: Where each listener really listens, in the configured order.
  /// - Throws: ``HTTPEngineError`` with any of its codes.
  public func start() throws(HTTPEngineError) -> [BoundAddress] {
    try claimStart()
    let sockets = try bindAll(readCertificates())
    let loops = try makeLoops(sockets)
    let addresses = sockets.first?.map(\.address) ?? []
    state.withLock { $0 = .running(Running(inboxes: loops.map(\.inbox), threads: [])) }
    do throws(HTTPEngineError) { try run(loops) } catch {
      // Loops without a thread close what is theirs when they go.
      stop()
      throw error
    }
    return addresses
  }

  private func claimStart() throws(HTTPEngineError) {
    let isNew = state.withLock { state in
      guard case .new = state else { return false }
      state = .stopped
      return true
    }
    guard isNew else { throw HTTPEngineError(.alreadyStarted) }
    let isValid =
      configuration.loops > 0 && !configuration.listeners.isEmpty
      && configuration.maximumConnections > 0
    guard isValid else { throw HTTPEngineError(.invalidConfiguration) }
  }

  /// The certificates of each listener; nil for those without TLS.
  private func readCertificates() throws(HTTPEngineError) -> [TLSContextSlot?] {
    var slots: [TLSContextSlot?] = []
    for listener in configuration.listeners { slots.append(try TLSContextSlot(listener)) }
    certificates.withLock { $0 = slots.compactMap(\.self) }
    return slots
  }

  /// One set of listeners per loop; all sets share their ports, or the sockets themselves.
  private func bindAll(
    _ slots: [TLSContextSlot?]
  ) throws(HTTPEngineError) -> [[ListeningSocket]] {
    var sockets: [[ListeningSocket]] = []
    do throws(HTTPEngineError) {
      for _ in 0..<configuration.loops {
        sockets.append([])
        for (index, listener) in configuration.listeners.enumerated() {
          let socket = try bind(listener, slots[index], after: sockets[0].dropFirst(index).first)
          sockets[sockets.count - 1].append(socket)
        }
      }
    } catch {
      close(sockets)
      throw error
    }
    return sockets
  }

  /// Binds for one loop; `other` is what the first loop has, if this is not the first.
  private func bind(
    _ listener: ListenerConfiguration, _ tls: TLSContextSlot?, after other: ListeningSocket?
  ) throws(HTTPEngineError) -> ListeningSocket {
    if let other, other.isShared { return try ListeningSocket(sharing: other) }
    return try ListeningSocket(
      listener, port: other?.address.port, backlog: configuration.backlog,
      sharesPort: configuration.loops > 1, tls: tls)
  }

  private func close(_ sockets: [[ListeningSocket]]) {
    for socket in sockets.joined() { socket.close() }
  }

  /// Takes over the sockets: those of loops that are not made are closed.
  private func makeLoops(
    _ sockets: [[ListeningSocket]]
  ) throws(HTTPEngineError) -> [EventLoop] {
    let places = ConnectionPlaces(configuration.maximumConnections)
    let passedPlaces = PassedPlaces(configuration.maximumPassedDescriptors)
    var loops: [EventLoop] = []
    do throws(HTTPEngineError) {
      for listeners in sockets {
        loops.append(
          try EventLoop(
            configuration: configuration, responder: responder, observer: observer,
            listeners: listeners, places: places, passedPlaces: passedPlaces))
        try loops[loops.count - 1].prepare()
      }
    } catch {
      close(Array(sockets[loops.count...]))
      throw error
    }
    return loops
  }

  private func run(_ loops: [EventLoop]) throws(HTTPEngineError) {
    for (index, loop) in loops.enumerated() {
      let thread = try HTTPServer.run(loop, name: "http-\(index)")
      state.withLock { state in
        guard case .running(var running) = state else { return }
        running.threads.append(thread)
        state = .running(running)
      }
    }
  }

  /// The thread holds the only lasting reference to its loop.
  private static func run(_ loop: EventLoop, name: String) throws(HTTPEngineError) -> pthread_t {
    if let errno = loop.calls.faults?.next(.startThread) {
      throw HTTPEngineError(.outOfResources, errno: errno)
    }
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(loop)
    let result = unsafe clinux_start_thread(
      &thread, name,
      { context in
        guard let context = unsafe context else { return }
        // Balances passRetained above: the thread owns the loop and lets it go at the end.
        unsafe Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue().run()
      }, context.toOpaque())
    guard result == 0 else {
      unsafe context.release()
      throw HTTPEngineError(.outOfResources, errno: -result)
    }
    return thread
  }

  /// Reads certificates, keys and client authorities anew, for connections that come from now on.
  ///
  /// Connections that are open keep theirs, unless the client's certificate would not be accepted any
  /// more: then the connection ends at its next request, which is not looked at. Tickets of older
  /// sessions are not accepted any more. If anything is wrong with the new files, everything stays
  /// as it is. May be called on any thread; it reads files.
  ///
  /// - Parameters:
  ///   - tls: What to use from now on; nil to read the same files again.
  ///   - name: The listener; nil for all that speak TLS.
  /// - Throws: ``HTTPEngineError`` with the codes that speak of certificates and keys, or
  ///   ``HTTPEngineError/Code/unknownListener``.
  public func reloadTLS(
    _ tls: TLSConfiguration? = nil, listener name: String? = nil
  ) throws(HTTPEngineError) {
    let slots = certificates.withLock { $0 }.filter { name == nil || $0.listener == name }
    guard !slots.isEmpty || name == nil else {
      throw HTTPEngineError(.unknownListener, listener: name)
    }
    var exchanges: [@Sendable () -> Void] = []
    for slot in slots { exchanges.append(try slot.prepare(tls)) }
    for exchange in exchanges { exchange() }
  }

  /// Stops accepting, closes idle connections and answers what was accepted.
  ///
  /// Blocks, so it must not be called on a loop thread. The loops go on until ``stop()``.
  ///
  /// - Parameter gracePeriod: How long it may take.
  /// - Returns: Whether every accepted request was answered in time.
  @discardableResult
  public func drain(gracePeriod: Duration) -> Bool {
    do throws(HTTPEngineError) {
      return try beginDraining()?.wait(atMost: gracePeriod) ?? true
    } catch { return false }
  }

  /// Tells the loops to drain, before anything that they are told later; nil when none runs.
  func beginDraining() throws(HTTPEngineError) -> DrainLatch? {
    let inboxes = state.withLock { state in
      guard case .running(let running) = state else { return [LoopInbox]() }
      return running.inboxes
    }
    guard !inboxes.isEmpty else { return nil }
    let latch = try DrainLatch(loops: inboxes.count)
    for inbox in inboxes { inbox.post(.drain(latch)) }
    return latch
  }

  /// Closes every connection and ends the loop threads; must not be called on one of them.
  public func stop() {
    let running = state.withLock { state -> Running? in
      guard case .running(let running) = state else { return nil }
      state = .stopped
      return running
    }
    guard let running else { return }
    for inbox in running.inboxes { inbox.post(.stop) }
    for thread in running.threads { pthread_join(thread, nil) }
  }
}
