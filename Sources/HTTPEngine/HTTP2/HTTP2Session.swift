internal import CNghttp2

/// One HTTP/2 connection without a socket and without a clock, around nghttp2.
///
/// Bytes go in by ``receive(_:now:handler:)`` and come out by ``write(to:limit:now:handler:)``; what they
/// mean is told to a handler. nghttp2 keeps frames, HPACK, flow control and stream states; here are
/// the rules of messages, the bodies, and the guards against floods.
///
/// Safety: nghttp2's session is made here, freed in `deinit` and used by one thread. It holds this
/// object's address, which outlives it; callbacks run only inside the calls made here.
@safe
final class HTTP2Session {
  /// CONTINUATION frames of one section: a section of the size allowed needs two at most.
  static var maximumContinuations: Int { 8 }

  let library: HTTP2Library
  let info: ConnectionInfo
  private var session: OpaquePointer?
  private let watchStorage: InPlace<FrameWatch>
  private let budgetStorage: InPlace<FrameBudget>
  private let sectionStorage: InPlace<FieldSection>
  /// The stream whose section is being received; nil for one that is ignored.
  var sectionStream: HTTP2Stream?
  /// Bytes of that section so far, and the frames that continue it.
  var sectionBytes = 0
  var continuations = 0
  /// When a section began that is not complete.
  var sectionSince: UInt64?
  private let streamStorage = InPlace(StreamTable())
  private let finishedStorage = InPlace(RecentStreams())
  /// Those that the server has reset: frames may still come on them.
  var abandoned = RecentStreams()
  var highestStream: Int32 = 0
  /// The time that the caller has named last.
  var now: UInt64
  /// When content was written last and how much in all, whichever streams it belonged to.
  var contentWrittenAt: UInt64
  var contentWritten = 0
  /// Bytes of all bodies that their condensers have not seen.
  var uncondensed = 0
  /// Set while bytes are received or written.
  var handler: (any HTTP2SessionHandler)?
  /// Set while output is written.
  var output: OutputBuffer?
  var outputLimit = 0
  /// The connection is to end: with which error it was, if the client is to blame.
  private(set) var failure: HTTP2Failure?
  /// What the client named in a GOAWAY frame has been received.
  var peerIsLeaving = false
  /// A GOAWAY frame has been seen: what follows is judged frame by frame.
  var sawFarewell = false
  private let priorityStorage = InPlace(PriorityUpdates())

  /// Nil when there is no memory.
  init?(_ library: HTTP2Library, info: ConnectionInfo, now: UInt64) {
    self.library = library
    self.info = info
    self.now = now
    contentWrittenAt = now
    watchStorage = InPlace(FrameWatch())
    budgetStorage = InPlace(FrameBudget(library.configuration, now: now))
    sectionStorage = InPlace(
      FieldSection(limits: library.limits, references: FieldReferences(library.memory)))
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    var session: OpaquePointer?
    var memory = unsafe library.memory.functions
    guard
      unsafe nghttp2_session_server_new3(
        &session, library.callbacks, context, library.option, &memory) == 0,
      let session = unsafe session
    else { return nil }
    unsafe self.session = session
    let settings = library.settings
    let result = unsafe settings.withUnsafeBufferPointer {
      unsafe nghttp2_submit_settings(
        session, UInt8(NGHTTP2_FLAG_NONE.rawValue), $0.baseAddress, $0.count)
    }
    let window = Int32(clamping: library.configuration.windowBytes)
    guard result == 0,
      unsafe nghttp2_session_set_local_window_size(
        session, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, window) == 0
    else { return nil }
  }

  deinit { unsafe nghttp2_session_del(session) }

  /// Where the bytes from the client stand.
  var watch: FrameWatch {
    @inline(__always) _read { yield watchStorage.value }
    @inline(__always) _modify { yield &watchStorage.value }
  }

  /// What the client may still do without use.
  var budget: FrameBudget {
    @inline(__always) _read { yield budgetStorage.value }
    @inline(__always) _modify { yield &budgetStorage.value }
  }

  /// The lines of the section that is being received.
  var section: FieldSection {
    @inline(__always) _read { yield sectionStorage.value }
    @inline(__always) _modify { yield &sectionStorage.value }
  }

  /// The streams that are open.
  var streams: StreamTable {
    @inline(__always) _read { yield streamStorage.value }
    @inline(__always) _modify { yield &streamStorage.value }
  }

  /// What the client says about the urgency of its streams.
  var priorities: PriorityUpdates {
    @inline(__always) _read { yield priorityStorage.value }
    @inline(__always) _modify { yield &priorityStorage.value }
  }

  /// Those that have ended as they should.
  var finished: RecentStreams {
    @inline(__always) _read { yield finishedStorage.value }
    @inline(__always) _modify { yield &finishedStorage.value }
  }

  /// nghttp2's part of the session.
  var raw: OpaquePointer? { unsafe session }

  // MARK: Streams

  /// The stream of that number, while it is open.
  func stream(_ id: Int32) -> HTTP2Stream? { streams[id] }

  func open(_ id: Int32) -> HTTP2Stream {
    let stream = library.spareStreams.take(id: id, now: now)
    streams.insert(stream)
    return stream
  }

  /// Whether a request is in hand.
  var isIdle: Bool { streams.isEmpty && sectionSince == nil }

  // MARK: Ending

  /// Ends the connection with an error: what still comes is ignored.
  func fail(_ failure: HTTP2Failure) {
    guard self.failure == nil else { return }
    self.failure = failure
    unsafe nghttp2_session_terminate_session(session, failure.code)
  }

  /// First step of a drain: new requests are still taken (RFC 9113 §6.8).
  func announceEnd() { _ = unsafe nghttp2_submit_shutdown_notice(session) }

  /// Second step: names the last request that is taken; those in hand are finished.
  func refuseNewStreams() {
    let last = unsafe nghttp2_session_get_last_proc_stream_id(session)
    _ = unsafe nghttp2_submit_goaway(
      session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, UInt32(NGHTTP2_NO_ERROR.rawValue), nil, 0)
  }

  /// Whether anything can be written now.
  var wantsWrite: Bool { unsafe nghttp2_session_want_write(session) != 0 }

  /// Whether more bytes from the client can mean anything.
  var wantsRead: Bool { unsafe failure == nil && nghttp2_session_want_read(session) != 0 }

  /// Frames that wait to be written, DATA excepted.
  var queuedFrames: Int { unsafe nghttp2_session_get_outbound_queue_size(session) }
}

/// Why a session ends a connection.
enum HTTP2Failure: Equatable {
  /// A rule of the protocol was broken.
  case protocolError
  /// A frame came on a stream that its client had ended.
  case streamClosed
  /// A frame is too short for what it must say.
  case frameSize
  /// The client makes more trouble than use.
  case flood
  /// The client does not finish what it has begun.
  case slow
  /// nghttp2 cannot go on.
  case library(Int32)

  /// The error code of the GOAWAY frame.
  var code: UInt32 {
    switch self {
    case .protocolError: UInt32(NGHTTP2_PROTOCOL_ERROR.rawValue)
    case .streamClosed: UInt32(NGHTTP2_STREAM_CLOSED.rawValue)
    case .frameSize: UInt32(NGHTTP2_FRAME_SIZE_ERROR.rawValue)
    case .flood, .slow: UInt32(NGHTTP2_ENHANCE_YOUR_CALM.rawValue)
    case .library(let error): Self.code(of: error)
    }
  }

  private static func code(of error: Int32) -> UInt32 {
    switch error {
    case NGHTTP2_ERR_FLOODED.rawValue, NGHTTP2_ERR_TOO_MANY_SETTINGS.rawValue,
      NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue:
      UInt32(NGHTTP2_ENHANCE_YOUR_CALM.rawValue)
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: UInt32(NGHTTP2_PROTOCOL_ERROR.rawValue)
    default: UInt32(NGHTTP2_INTERNAL_ERROR.rawValue)
    }
  }
}

/// The last streams that ended in some way, to tell a late frame on one from a mistake.
struct RecentStreams {
  private var ids = RecentValues<Int32>(most: 64)

  mutating func insert(_ id: Int32) { ids.insert(id) }

  func contains(_ id: Int32) -> Bool { ids.values.contains(id) }
}
