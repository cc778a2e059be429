/// One request of an HTTP/2 connection, from its first frame to the end of its answer.
///
/// Owned by one loop, as a connection is. The session keeps the upper half, the loop the lower.
/// When one is over its memory serves another, see ``SpareStreams``.
final class HTTP2Stream {
  /// What happens to the bytes of the body.
  enum Disposition {
    /// Nobody has decided yet.
    case undecided
    case taken
    /// They are counted against the connection's window and forgotten.
    case dropped
  }

  private(set) var id: Int32
  var head: RequestHead?
  var disposition = Disposition.undecided
  var body: BodyBuffer?
  var bodyCount = 0
  var bodyLimit = 0
  /// The client has sent everything.
  var requestEnded = false
  /// The answer's head is with nghttp2.
  var isAnswered = false
  /// The answer's last frame is on its way to the socket.
  var answerEnded = false
  /// The reset that follows the answer has been asked for.
  var isReset = false

  /// The fields of the answer, which nghttp2 reads when it writes the HEADERS frame.
  let lines = HTTP2FieldLines()
  private let contentStorage = InPlace(ResponseBody.empty)
  var contentOffset = 0
  private let pieceStorage = InPlace<[UInt8]>([])
  /// Bytes of the DATA frame that nghttp2 is about to have written.
  var frameBytes = 0

  var context: (any AnyObject & Sendable)?
  /// Hears how the body arrives.
  var account: (any BodyAccount)?
  /// What makes the body smaller while it arrives.
  var condensing = CondenserFeed()
  var cancellation = Cancellation()
  /// The answer is owed by somebody else.
  var isDispatched = false
  var receivedAt: UInt64
  /// When the part began that the stream is in, and what came or went in it.
  var partSince: UInt64
  var lastProgress: UInt64
  var partBytes = 0
  /// What the connection had sent of all contents when the part began.
  var sentBefore = 0
  /// Until when the stream waits for its turn among the others, which is not its client's fault.
  var excusedUntil: UInt64 = 0

  init(id: Int32, now: UInt64) {
    self.id = id
    receivedAt = now
    partSince = now
    lastProgress = now
  }

  /// What follows the head of the answer.
  var content: ResponseBody {
    @inline(__always) _read { yield contentStorage.value }
    @inline(__always) _modify { yield &contentStorage.value }
  }

  /// What a producer has made and the client has not taken.
  var piece: [UInt8] {
    @inline(__always) _read { yield pieceStorage.value }
    @inline(__always) _modify { yield &pieceStorage.value }
  }

  /// Forgets everything, for another request.
  func begin(id: Int32, now: UInt64) {
    self.id = id
    head = nil
    disposition = .undecided
    (bodyCount, bodyLimit) = (0, 0)
    (requestEnded, isAnswered, answerEnded, isReset) = (false, false, false, false)
    endContent()
    frameBytes = 0
    context = nil
    endBody()
    // Whoever still holds it asks about the request that is over.
    if isKnownUniquelyReferenced(&cancellation) {
      cancellation.renew()
    } else {
      cancellation = Cancellation()
    }
    isDispatched = false
    receivedAt = now
    beginPart(now: now)
    (sentBefore, excusedUntil) = (0, 0)
  }

  /// Counts bytes that came or went, for deadlines.
  func progressed(_ bytes: Int, now: UInt64) {
    lastProgress = now
    partBytes += bytes
  }

  /// Another part of the stream's life begins.
  func beginPart(now: UInt64) {
    partSince = now
    lastProgress = now
    partBytes = 0
  }

  /// Lets go of everything that was kept for the request's body.
  func endBody() {
    body = nil
    account = nil
    condensing = CondenserFeed()
  }

  /// Lets go of everything that was kept for the answer.
  func endContent() {
    content = .empty
    if !piece.isEmpty { piece = [] }
    contentOffset = 0
  }
}

/// Streams that are over, for those that begin: each has memory of its own that is worth keeping.
struct SpareStreams {
  /// How many a loop keeps: two connections' worth.
  private static var kept: Int { 256 }

  private var streams: [HTTP2Stream] = []

  mutating func take(id: Int32, now: UInt64) -> HTTP2Stream {
    guard let stream = streams.popLast() else { return HTTP2Stream(id: id, now: now) }
    stream.begin(id: id, now: now)
    return stream
  }

  /// Takes a stream that nobody else knows of; others are left to those who do.
  mutating func put(_ stream: consuming HTTP2Stream) {
    guard streams.count < Self.kept, isKnownUniquelyReferenced(&stream) else { return }
    // The largest part of what it still has.
    stream.head = nil
    streams.append(stream)
  }
}
