/// One accepted connection: what its loop remembers about it.
///
/// A plain class owned by one loop: measured against raw memory it costs nothing that can be seen
/// beside the system calls of a request.
final class Connection {
  /// What the connection is waiting for; each has its own deadline.
  enum Activity {
    case handshake
    case idle
    case head
    case body
    case answering
    case writing
    case lingering
  }

  let transport: Transport
  let token: EventToken
  /// Completed when the handshake is.
  var info: ConnectionInfo
  /// Whether it takes a place of the configured maximum.
  let isCounted: Bool

  private let machineStorage: InPlace<HTTP1Connection>
  /// The connection's HTTP/2 side; nil while it speaks HTTP/1.
  var http2: HTTP2Connection?
  /// Too few bytes have come to tell which protocol the client speaks.
  var mayBeHTTP2 = true
  var isOpen = true

  // Input.
  /// Bytes that were read but cannot be used yet.
  var pending: [UInt8] {
    @inline(__always) _read { yield pendingStorage.value }
    @inline(__always) _modify { yield &pendingStorage.value }
  }
  private let pendingStorage = InPlace<[UInt8]>([])
  /// How many of them have been used meanwhile.
  var pendingUsed = 0
  /// TLS has not agreed yet.
  var isHandshaking: Bool
  /// It holds one of the places of running handshakes.
  var holdsHandshakePlace = false
  /// It waits for such a place, unread.
  var waitsForHandshakePlace = false
  /// The loop comes back in its next turn, without an event.
  var isToBeRevisited = false
  /// A pipelined request in `pending` waits for the next turn.
  var isPostponed = false
  /// Bytes that have been read behind what the request in hand has used.
  var unusedInput = 0
  /// Descriptors may come with the bytes, wanted or not.
  var takesDescriptors = false
  /// Descriptors that came with the bytes; nil where none is wanted.
  var passed: PassedDescriptors?
  /// Why what was passed could not be taken.
  var passedFault: Refusal?
  /// The client's FIN has been read, after all of its bytes.
  var peerFinished = false
  /// When the FIN was noticed, which may be before the bytes in front of it are read.
  var peerFinishedAt: UInt64?
  var interest: Epoll.Readiness = [.input, .peerFinished]

  // The current request.
  var head: RequestHead?
  var context: (any AnyObject & Sendable)?
  /// Hears how the body arrives.
  var account: (any BodyAccount)?
  /// What makes the body smaller while it arrives.
  var condensing = CondenserFeed()
  /// The answer of a rejected request while its body is read and dropped.
  var rejection: Response?
  var body: BodyBuffer?
  var bodyCount = 0
  /// The last request had a body larger than what is read with a head.
  var sendsLargeBodies = false
  var bodyLimit = 0
  var cancellation = Cancellation()
  var exchange: UInt32 = 0
  var receivedAt: UInt64 = 0

  // Output.
  var output: PendingOutput?
  var producer: (any BodyProducer)?
  var framesProduct = false
  /// The last answer is under way: linger once it is written.
  var closesAfterOutput = false
  var isLingering = false
  /// Nothing was left unread when the last answer was written.
  var endedCleanly = false
  var lingeredBytes = 0
  /// Why it ends, once it lingers.
  var closeReason = CloseReason.answered

  // Time.
  var activity: Activity
  var activityExchange: UInt32 = 0
  var activitySince: UInt64 = 0
  var lastProgress: UInt64 = 0
  var activityBytes = 0
  var deadline = UInt64.max

  init(
    transport: Transport, token: EventToken, info: ConnectionInfo, isCounted: Bool,
    limits: ServerConfiguration.Limits, now: UInt64
  ) {
    self.transport = transport
    self.token = token
    self.info = info
    isHandshaking = transport.isHandshaking
    self.isCounted = isCounted
    machineStorage = InPlace(HTTP1Connection(limits: limits))
    activity = isHandshaking ? .handshake : .idle
    activitySince = now
    lastProgress = now
  }

  var descriptor: Int32 { transport.descriptor }

  /// What the protocol says comes next.
  var machine: HTTP1Connection {
    @inline(__always) _read { yield machineStorage.value }
    @inline(__always) _modify { yield &machineStorage.value }
  }

  /// More bytes have been read than the request in hand has used.
  var hasUnusedInput: Bool { unusedInput > 0 }

  /// Whether more requests can be taken up now.
  var canProceed: Bool {
    isOpen && output == nil && producer == nil && !closesAfterOutput && !isLingering
  }

  /// Counts bytes that came or went, for deadlines.
  func progressed(_ bytes: Int, now: UInt64) {
    lastProgress = now
    activityBytes += bytes
  }

  /// Forgets the current request.
  func endExchange() {
    head = nil
    context = nil
    account = nil
    condensing = CondenserFeed()
    rejection = nil
    body = nil
    sendsLargeBodies = bodyCount > EventLoop.inputCapacity
    bodyCount = 0
  }
}
