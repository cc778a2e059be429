/// One thread that serves connections: waits for events, reads, parses, answers, writes.
///
/// Safety: a loop is built on the thread that starts the server and then handed over to its own
/// thread for good; from then on `inbox` is the only part that others touch.
@safe
final class EventLoop: @unchecked Sendable {
  // @unchecked Sendable: owned by its thread, see above.
  let configuration: ServerConfiguration
  let responder: any Responder
  let observer: any ServerObserver
  /// False when nobody listens, which saves the clock.
  let isObserved: Bool
  let calls: SystemCalls
  let inbox: LoopInbox
  let places: ConnectionPlaces
  /// How many passed descriptors all loops may still hold.
  let passedPlaces: PassedPlaces
  let patience: Patience

  let epoll: Epoll
  let parser = HTTP1Parser()
  let writer: HTTP1ResponseWriter
  let output = OutputBuffer()
  let input: ReadBuffer

  var listeners: [ListeningSocket]
  var connections = ConnectionTable<Connection>()
  /// Made with the first TLS listener.
  let tlsScratch: TLSScratch?
  var handshakes: HandshakePlaces
  /// Connections that have something to do without an event of the kernel's.
  var revisits: [EventToken] {
    @inline(__always) _read { yield revisitStorage.value }
    @inline(__always) _modify { yield &revisitStorage.value }
  }
  private let revisitStorage = InPlace<[EventToken]>([])
  /// Requests that the connection whose turn it is may still begin.
  var requestsLeft = 0
  /// What HTTP/2 sessions share; nil without memory.
  let http2: HTTP2Library?
  /// HTTP/2 connections that were answered from elsewhere and have not been written to.
  var unwritten: [EventToken] = []
  private let wheelStorage: InPlace<TimerWheel>
  var now = MonotonicClock.now
  private let dateStorage = InPlace(DateField())
  var isRunning = true

  var reserve: Int32
  var acceptPausedUntil: UInt64?
  /// Failures without a connection accepted between them.
  var acceptFailures = 0
  /// Listeners that were left to others before the end of a drain.
  var leftListeners: Set<Int> = []
  var refusedCount = 0
  /// When the pool's resting memory is looked at; nil when there is none.
  var poolCheckAt: UInt64?
  /// Those who wait for the end of a drain.
  var drainLatches: [DrainLatch] = []
  var isDraining = false
  var drainStarted: UInt64 = 0
  /// Until when handshakes may end that had begun when the drain did.
  var handshakesEnd: UInt64?
  /// Until when new ones may begin.
  var handshakesBeginUntil: UInt64?

  init(
    configuration: ServerConfiguration, responder: any Responder,
    observer: any ServerObserver, listeners: [ListeningSocket], places: ConnectionPlaces,
    passedPlaces: PassedPlaces
  ) throws(HTTPEngineError) {
    self.configuration = configuration
    self.responder = responder
    self.observer = observer
    isObserved = !(observer is SilentObserver)
    calls = SystemCalls(faults: configuration.faults)
    inbox = try LoopInbox()
    epoll = try Epoll()
    writer = HTTP1ResponseWriter(serverName: configuration.serverName)
    input = ReadBuffer(capacity: Self.inputCapacity)
    self.places = places
    self.passedPlaces = passedPlaces
    http2 = HTTP2Library(configuration.http2, limits: configuration.limits)
    patience = Patience(configuration.timeouts)
    self.listeners = listeners
    tlsScratch = listeners.contains { $0.tls != nil } ? TLSScratch() : nil
    handshakes = HandshakePlaces(
      (configuration.maximumHandshakes + configuration.loops - 1) / configuration.loops)
    wheelStorage = InPlace(TimerWheel(now: MonotonicClock.now))
    reserve = calls.openReserve()
  }

  deinit { closeOwnDescriptors() }

  /// Watches its inbox and its listeners, which are its own to close from the end of `init` on.
  func prepare() throws(HTTPEngineError) {
    guard epoll.add(inbox.descriptor, LoopInbox.interest, .wakeup) == 0 else {
      throw HTTPEngineError(.outOfResources)
    }
    for (index, listener) in listeners.enumerated() {
      let interest = interest(in: listener)
      guard epoll.add(listener.descriptor, interest, .listener(index)) == 0 else {
        throw HTTPEngineError(.outOfResources, listener: listener.name)
      }
    }
  }

  /// The deadlines of all connections.
  var wheel: TimerWheel {
    @inline(__always) _read { yield wheelStorage.value }
    @inline(__always) _modify { yield &wheelStorage.value }
  }

  /// The Date line of all answers.
  var date: DateField {
    @inline(__always) _read { yield dateStorage.value }
    @inline(__always) _modify { yield &dateStorage.value }
  }

  /// Serves until told to stop.
  func run() {
    inbox.adoptThread()
    while isRunning {
      now = MonotonicClock.now
      let count = calls.wait(epoll, milliseconds: waitTime)
      now = MonotonicClock.now
      date.update(now: now)
      for index in 0..<count where isRunning {
        let (token, readiness) = epoll.event(index)
        handle(token, readiness)
      }
      makeRevisits()
      expireDeadlines()
      releasePoolMemory()
      finishHandshakes()
      finishDrainIfDone()
    }
    tearDown()
  }

  /// The most that is read at once before it is known whose bytes they are.
  static var inputCapacity: Int { 64 << 10 }

  private func handle(_ token: EventToken, _ readiness: Epoll.Readiness) {
    if token.generation == .max {
      if token == .wakeup { readInbox() } else { accept(from: Int(token.slot)) }
      return
    }
    // A stale event for a connection that has left: the slot has another generation now.
    guard let connection = connections[token] else { return }
    handle(connection, readiness)
  }

  private func handle(_ connection: Connection, _ readiness: Epoll.Readiness) {
    if readiness.contains(.failure) || readiness.contains(.hangUp) && !connection.isLingering {
      close(connection, connection.isLingering ? connection.closeReason : .peerAborted)
      return
    }
    if readiness.contains(.output) { continueWriting(connection) }
    guard connection.isOpen else { return }
    if !readiness.isDisjoint(with: [.input, .peerFinished, .hangUp]) {
      readable(connection, readiness)
    }
  }

  private func readInbox() {
    for message in inbox.take() {
      switch message {
      case .reply(let response, let target): receiveReply(response, for: target)
      case .drain(let latch): startDraining(latch)
      case .stop: isRunning = false
      }
    }
    writeUnwritten()
  }

  private func receiveReply(_ response: Response?, for target: ReplyTarget) {
    if let connection = connections[target.token], let http2 = connection.http2 {
      receiveReply(response, for: target, connection, http2)
      return
    }
    guard let connection = connections[target.token], connection.exchange == target.exchange else {
      observer.replyDropped()
      return
    }
    answer(connection, response)
    resume(connection)
  }

  private func tearDown() {
    for connection in connections.tenants { close(connection, .shutdown) }
    closeOwnDescriptors()
    signalDrained()
  }

  private func closeOwnDescriptors() {
    for listener in listeners { listener.close() }
    listeners = []
    if reserve >= 0 { calls.close(reserve) }
    reserve = -1
  }
}
