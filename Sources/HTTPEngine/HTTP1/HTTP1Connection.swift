/// The life of one HTTP/1 connection as a pure state machine: no socket, no clock.
///
/// One method per event; each says what to do next. Requests are taken one at a time: the bytes
/// of pipelined ones wait, unread or buffered, until the answer before them is written.
struct HTTP1Connection {
  /// What comes next.
  enum Step {
    /// All input that can be used is used; read more.
    case needsInput
    /// A head is complete: ask for admission, then call `admit` or `reject`.
    case head(RequestHead)
    /// These input bytes belong to the body.
    case body(Range<Int>)
    /// The request is complete: answer it, then call `respond`.
    case complete(trailers: HeaderFields)
    /// A rejected body is longer than it is worth: answer now; the connection will be closed.
    case discardingEnded
    /// Answer this refusal; the connection will be closed.
    case refuse(Refusal)
  }

  enum State: Equatable {
    /// Between requests, or in the middle of a head.
    case head
    /// A head waits for the decision about it.
    case admission
    /// A body of known length arrives.
    case fixedBody(remaining: Int)
    /// A chunked body arrives.
    case chunkedBody
    /// The request is complete, the answer is not written yet.
    case answering
    /// The last answer is written or nothing can be answered any more.
    case closing
  }

  let limits: ServerConfiguration.Limits
  var state = State.head
  private var scanner: HeadScanner
  private var remembered: RememberedHead?
  private var chunks: ChunkDecoder?
  private var maximumBodyBytes = 0
  private var chunkedBytes = 0
  var exchange = Exchange()

  /// What the current request demands of its answer.
  struct Exchange {
    var framing = BodyFraming.none
    var version = HTTPVersion.http11
    var isHead = false
    var keepsAlive = false
    var expectsContinue = false
    /// The answer is decided already; the body is read for its framing alone.
    var isRejected = false
    /// The whole request has been read.
    var isComplete = false
  }

  init(limits: ServerConfiguration.Limits) {
    self.limits = limits
    scanner = HeadScanner(limits: limits)
  }

  /// Between requests, without a byte of the next one.
  var isIdle: Bool { state == .head && !scanner.hasStarted }

  /// Whether bytes from the client can be used now.
  var wantsInput: Bool {
    switch state {
    case .head, .fixedBody, .chunkedBody: true
    case .admission, .answering, .closing: false
    }
  }

  /// Whether nothing of the current request is left in the socket.
  var hasReadAll: Bool { exchange.isComplete }

  /// Reads input from `position` on and moves it; the bytes of an unfinished head stay.
  mutating func next(
    _ input: Span<UInt8>, from position: inout Int, parser: HTTP1Parser, info: ConnectionInfo
  ) -> Step {
    do throws(Refusal) {
      switch state {
      case .head: return try readHead(input, &position, parser, info)
      case .fixedBody(let remaining): return takeBody(remaining, input, &position)
      case .chunkedBody: return try readChunks(input, &position)
      case .admission, .answering, .closing: return .needsInput
      }
    } catch {
      return refuse(error)
    }
  }

  private mutating func refuse(_ refusal: Refusal) -> Step {
    exchange.keepsAlive = false
    state = .answering
    return .refuse(refusal)
  }

  private mutating func readHead(
    _ input: Span<UInt8>, _ position: inout Int, _ parser: HTTP1Parser, _ info: ConnectionInfo
  ) throws(Refusal) -> Step {
    guard position < input.count else { return .needsInput }
    let bytes = input.extracting(position..<input.count)
    if let remembered, remembered.begins(bytes) {
      scanner = HeadScanner(limits: limits)
      position += remembered.count
      return begin(remembered.head, remembered.rules)
    }
    exchange = Exchange()
    guard let length = try scanner.scan(bytes) else { return .needsInput }
    let scanned = scanner
    scanner = HeadScanner(limits: limits)
    position += length
    // Known before the rules are checked, so that a refusal keeps to it.
    exchange.isHead = Characters.equals(
      bytes.extracting(scanned.requestLine).extracting(first: 5), "head ")
    let (head, rules) = try HeadReader.read(
      bytes.extracting(first: length), scanned: scanned, parser: parser, info: info)
    remembered = RememberedHead(bytes.extracting(first: length), head, rules)
    return begin(head, rules)
  }

  private mutating func begin(_ head: RequestHead, _ rules: MessageRules) -> Step {
    exchange = Exchange(
      framing: rules.framing, version: head.version, isHead: head.method == .head,
      keepsAlive: rules.keepsAlive, expectsContinue: head.expectsContinue)
    state = .admission
    return .head(head)
  }

  private mutating func takeBody(
    _ remaining: Int, _ input: Span<UInt8>, _ position: inout Int
  ) -> Step {
    let count = min(remaining, input.count - position)
    guard count > 0 else { return .needsInput }
    let range = position..<position + count
    position += count
    state = .fixedBody(remaining: remaining - count)
    return .body(range)
  }

  private mutating func readChunks(
    _ input: Span<UInt8>, _ position: inout Int
  ) throws(Refusal) -> Step {
    let step: ChunkDecoder.Step?
    do throws(MessageFault) {
      step = try chunks?.next(input, from: &position)
    } catch {
      throw .malformedMessage(error)
    }
    switch step {
    case .chunk(let size):
      // Refused as soon as the size is announced, not after the bytes have come.
      guard size <= maximumBodyBytes - chunkedBytes else {
        guard exchange.isRejected else { throw .contentTooLarge(limitBytes: maximumBodyBytes) }
        abandon()
        return .discardingEnded
      }
      chunkedBytes += size
      return try readChunks(input, &position)
    case .data(let range): return .body(range)
    case .end(let trailers):
      chunks = nil
      finishRequest()
      return .complete(trailers: trailers)
    case .needsInput, nil: return .needsInput
    }
  }
}

extension HTTP1Connection {
  /// What follows the decision to take a request.
  enum AdmissionStep: Equatable {
    /// Read the body; `expected` is its length if that is known.
    case readBody(expected: Int?, sendsContinue: Bool)
    /// There is no body: the request is complete.
    case complete
    /// The body is too long to be taken.
    case refuse(Refusal)
  }

  /// The responder takes the request with a body up to `maximumBodyBytes`.
  mutating func admit(maximumBodyBytes limit: Int) -> AdmissionStep {
    precondition(state == .admission, "only a head that waits is admitted")
    switch exchange.framing {
    case .none, .length(0):
      finishRequest()
      return .complete
    case .length(let count):
      guard count <= limit else {
        exchange.keepsAlive = false
        state = .answering
        return .refuse(.contentTooLarge(limitBytes: limit))
      }
      state = .fixedBody(remaining: count)
      return .readBody(expected: count, sendsContinue: exchange.expectsContinue)
    case .chunked:
      startChunks(maximumBodyBytes: limit)
      return .readBody(expected: nil, sendsContinue: exchange.expectsContinue)
    }
  }

  /// The responder does not take the request; a small body may come first.
  ///
  /// A small body is read before the answer, so that its framing is judged like any other's and the
  /// next request can be found behind it. A client that waits for 100 (Continue) may never send the
  /// body. The wire bytes of a discarded body are bounded too: a chunk of one byte has at most 21,
  /// and extensions and trailers have limits of their own.
  ///
  /// - Parameter takesBody: False where the answer must not wait for the body.
  /// - Returns: Whether the body is read before the answer.
  mutating func reject(takesBody: Bool = true) -> Bool {
    precondition(state == .admission, "only a head that waits is rejected")
    let isDeclined = !takesBody || exchange.expectsContinue
    switch exchange.framing {
    case .none, .length(0):
      finishRequest()
      return false
    case .length(let count) where count > limits.discardedBodyBytes || isDeclined: abandon()
    case .chunked where isDeclined: abandon()
    case .length(let count): state = .fixedBody(remaining: count)
    case .chunked: startChunks(maximumBodyBytes: limits.discardedBodyBytes)
    }
    exchange.isRejected = state != .answering
    return exchange.isRejected
  }

  private mutating func startChunks(maximumBodyBytes limit: Int) {
    maximumBodyBytes = limit
    chunkedBytes = 0
    chunks = ChunkDecoder(limits: limits)
    state = .chunkedBody
  }

  /// Bytes of a body of known length that are still to come.
  var missingBodyBytes: Int {
    guard case .fixedBody(let remaining) = state else { return 0 }
    return remaining
  }

  /// Bytes were read straight into the body; returns true when it is complete.
  mutating func receivedBody(_ count: Int) -> Bool {
    guard case .fixedBody(let remaining) = state else { return false }
    state = .fixedBody(remaining: remaining - count)
    return completesFixedBody()
  }

  /// Whether a body of known length has just been used up by `next`.
  mutating func completesFixedBody() -> Bool {
    guard state == .fixedBody(remaining: 0) else { return false }
    finishRequest()
    return true
  }

  mutating func finishRequest() {
    exchange.isComplete = true
    state = .answering
  }

  /// The body cannot be taken after all; the request is answered now.
  mutating func abandon() {
    exchange.keepsAlive = false
    state = .answering
  }

  /// The client was too slow; nil when there is nothing to answer.
  mutating func timedOut() -> Refusal? {
    switch state {
    case .head where scanner.hasStarted, .fixedBody, .chunkedBody:
      abandon()
      return .requestTimeout
    case .head, .closing, .admission, .answering: return nil
    }
  }
}
