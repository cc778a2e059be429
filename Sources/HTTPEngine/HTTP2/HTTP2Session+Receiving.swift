internal import CNghttp2

extension HTTP2Session {
  /// Bytes of payload from which on reading into place is worth a call of its own.
  private static var placedFrom: Int { 64 << 10 }

  /// Takes bytes from the client.
  func receive(_ bytes: Span<UInt8>, now: UInt64, handler: any HTTP2SessionHandler) {
    self.now = now
    self.handler = handler
    defer { self.handler = nil }
    var fed = 0
    var position = 0
    while failure == nil, let sight = watch.next(bytes, from: &position) {
      switch sight {
      case .frame(let frame):
        judge(frame, before: { self.feed(bytes, from: &fed, to: max(fed, position - 9)) })
      case .dependency(let frame, let other):
        guard frame.stream == other else { continue }
        // RFC 7540 §5.3.1; RFC 9113 leaves it to the server.
        feed(bytes, from: &fed, to: position)
        fail(.protocolError)
      }
    }
    if failure == nil { feed(bytes, from: &fed, to: bytes.count) }
    condenseIfDue()
    noteSection()
  }

  /// Shows bytes to nghttp2, which uses all of them.
  private func feed(_ bytes: Span<UInt8>, from start: inout Int, to end: Int) {
    guard end > start, failure == nil else { return }
    let piece = bytes.extracting(start..<end)
    start = end
    // nghttp2 reads exactly these bytes and keeps no pointer to them.
    let result = unsafe piece.withUnsafeBufferPointer {
      unsafe nghttp2_session_mem_recv(raw, $0.baseAddress, $0.count)
    }
    if result < 0 { fail(.library(Int32(clamping: result))) }
  }

  /// Decides about a frame from its header; `before` shows nghttp2 all frames before it.
  private func judge(_ frame: FrameWatch.Frame, before: () -> Void) {
    let cost = frame.cost
    if cost > 0 { budget.spend(cost, now: now) }
    guard !budget.isExhausted else {
      before()
      fail(.flood)
      return
    }
    // Longer frames than announced are nghttp2's affair.
    guard frame.length <= library.configuration.frameBytes else { return }
    // Once the client has said farewell and no stream is left, nghttp2 ignores what it is shown next:
    // it must not depend on reads where "next" begins.
    if sawFarewell { before() }
    switch frame.type {
    case FrameWatch.FrameType.headers:
      continuations = 0
      sectionBytes = frame.length
      judgeStream(frame, before)
    case FrameWatch.FrameType.data: judgeStream(frame, before)
    case FrameWatch.FrameType.continuation:
      continuations += 1
      sectionBytes += frame.length
    case FrameWatch.FrameType.priority where frame.stream == 0:
      before()
      fail(.protocolError)
    case FrameWatch.FrameType.priorityUpdate where frame.stream != 0:
      before()
      fail(.protocolError)
    case FrameWatch.FrameType.priorityUpdate where frame.length < 4:
      before()
      fail(.frameSize)
    case FrameWatch.FrameType.goAway: sawFarewell = true
    default: break
    }
    // Compressed bytes beyond what the decoded section may have only cost time.
    let isTooLong = sectionBytes > 4 * FieldSection.announcedBytes(library.limits)
    guard isTooLong || continuations > Self.maximumContinuations else { return }
    before()
    fail(.flood)
  }

  /// RFC 9113 §5.1: after its end a stream has no frames; nghttp2 ignores those of forgotten ones.
  private func judgeStream(_ frame: FrameWatch.Frame, _ before: () -> Void) {
    guard frame.stream <= highestStream else {
      if frame.type == FrameWatch.FrameType.headers { highestStream = frame.stream }
      return
    }
    before()
    guard stream(frame.stream) == nil, !abandoned.contains(frame.stream) else { return }
    if finished.contains(frame.stream) {
      fail(.streamClosed)
    } else if frame.type == FrameWatch.FrameType.headers {
      // RFC 9113 §5.1.1: streams are begun in ascending order.
      fail(.protocolError)
    }
  }

  /// Where the next bytes from the client belong, if they are many and all of one body.
  ///
  /// Safety: the memory is the stream's body, which lives until the stream is closed; it must be
  /// filled, and ``receivedInPlace(_:now:handler:)`` called, before anything else is received.
  var place: UnsafeMutableRawBufferPointer? {
    let frame = watch.frame
    guard frame.type == FrameWatch.FrameType.data, watch.payloadLeft >= Self.placedFrom,
      frame.flags & FrameWatch.Flag.padded == 0, let stream = stream(frame.stream),
      stream.disposition == .taken, let body = stream.body
    else { return nil }
    let free = unsafe body.free
    guard free.count >= watch.payloadLeft else { return nil }
    let most = stream.condensing.isActive ? restOfSlice : watch.payloadLeft
    return unsafe UnsafeMutableRawBufferPointer(rebasing: free[..<min(most, watch.payloadLeft)])
  }

  /// What is left of a slice, or a read that is worth a call of its own.
  private var restOfSlice: Int { max(BodyBuffer.condensedRead - uncondensed, Self.placedFrom) }

  /// Shows condensers what has come since the last time, once that is a slice in all.
  ///
  /// Not when a frame ends: frames are as small as clients like. All streams together, so that what
  /// waits fits the processor's cache however many there are. And only when nghttp2 has returned, because
  /// it reads what was received in place from memory that a condenser may overwrite.
  private func condenseIfDue() {
    guard uncondensed >= BodyBuffer.condensedRead else { return }
    uncondensed = 0
    for stream in streams.values { stream.condensing.show(stream.body) }
  }

  /// Bytes have been read to where ``place`` said.
  func receivedInPlace(
    _ bytes: UnsafeRawBufferPointer, now: UInt64, handler: any HTTP2SessionHandler
  ) {
    self.now = now
    self.handler = handler
    defer { self.handler = nil }
    watch.skipPayload(bytes.count)
    let result = unsafe nghttp2_session_mem_recv(
      raw, bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count)
    if result < 0 { fail(.library(Int32(clamping: result))) }
    condenseIfDue()
  }

  /// Notes whether a section has begun and not ended, for its deadline.
  private func noteSection() {
    let isOpen =
      watch.frame.type == FrameWatch.FrameType.headers
      || watch.frame.type == FrameWatch.FrameType.continuation
    let isPartial =
      isOpen && (!watch.isBetweenFrames || watch.frame.flags & FrameWatch.Flag.endHeaders == 0)
    if !isPartial {
      sectionSince = nil
    } else if sectionSince == nil {
      sectionSince = now
    }
  }
}

extension FrameWatch.Frame {
  /// What a frame takes out of the budget: nothing if it brings a request forward.
  fileprivate var cost: Int {
    switch type {
    case FrameWatch.FrameType.data:
      length < 16 && flags & FrameWatch.Flag.endStream == 0 ? 1 : 0
    case FrameWatch.FrameType.headers: 0
    case FrameWatch.FrameType.resetStream: FrameBudget.reset
    case FrameWatch.FrameType.settings:
      flags & FrameWatch.Flag.acknowledgement == 0 ? FrameBudget.settings : 1
    default: 1
    }
  }
}

// What nghttp2 finds in the bytes. It reads to the end of a piece even when the session has failed
// in the middle of it, and what it finds then must not depend on where the pieces end.
extension HTTP2Session {
  func beginSection(_ id: Int32, isRequest: Bool) {
    section.begin()
    sectionStream = isRequest ? open(id) : stream(id)
  }

  /// Takes a line; false ends the connection.
  ///
  /// Safety: nghttp2 holds both.
  func addField(_ name: OpaquePointer, _ value: OpaquePointer) {
    if unsafe section.repeatLine(name, value) { return }
    unsafe section.append(name, value)
    if section.isHopeless { fail(.flood) }
  }

  func endSection(_ id: Int32, isRequest: Bool, endsStream: Bool) {
    sectionSince = nil
    guard failure == nil, let stream = sectionStream, stream.id == id else { return }
    sectionStream = nil
    guard isRequest else {
      do throws(Refusal) {
        finish(stream, trailers: try section.trailers())
      } catch {
        stream.requestEnded = true
        refuse(stream, error)
      }
      return
    }
    applyHeldPriority(to: stream)
    stream.requestEnded = endsStream
    stream.receivedAt = now
    stream.beginPart(now: now)
    do throws(Refusal) {
      let head = try section.head(hasBody: !endsStream, info: info)
      stream.head = head
      handler?.received(head, on: stream)
      if endsStream { complete(stream, trailers: HeaderFields()) }
    } catch {
      refuse(stream, error)
    }
  }

  func receivedData(_ bytes: Span<UInt8>, on id: Int32) {
    guard failure == nil, let stream = stream(id) else {
      _ = unsafe nghttp2_session_consume_connection(raw, bytes.count)
      return
    }
    stream.bodyCount += bytes.count
    stream.progressed(bytes.count, now: now)
    let isWanted = stream.disposition == .taken && keep(bytes, in: stream)
    // A client may have to send the rest of a refused body before it looks at the answer.
    if isWanted || stream.isAnswered && stream.bodyCount <= library.limits.lingerBytes {
      _ = unsafe nghttp2_session_consume(raw, id, bytes.count)
    } else {
      _ = unsafe nghttp2_session_consume_connection(raw, bytes.count)
    }
  }

  private func keep(_ bytes: Span<UInt8>, in stream: HTTP2Stream) -> Bool {
    guard stream.bodyCount <= stream.bodyLimit else {
      refuse(stream, .contentTooLarge(limitBytes: stream.bodyLimit))
      return false
    }
    guard handler?.makeRoom(for: bytes.count, in: stream) == true, let body = stream.body else {
      refuse(stream, .outOfMemory)
      return false
    }
    // In place already, or copied behind what is there; makeRoom has made sure that it fits.
    let isInPlace = unsafe bytes.withUnsafeBytes {
      unsafe $0.baseAddress == UnsafeRawPointer(body.free.baseAddress)
    }
    if isInPlace {
      body.received(bytes.count)
    } else {
      // Bytes have no invalid values, so viewing them raw exposes nothing uninitialised.
      unsafe body.append(bytes.bytes)
    }
    stream.condensing.received(bytes.count)
    if stream.condensing.isActive { uncondensed += bytes.count }
    return true
  }

  func endData(_ id: Int32) {
    guard failure == nil, let stream = stream(id) else { return }
    finish(stream, trailers: HeaderFields())
  }

  private func finish(_ stream: HTTP2Stream, trailers: HeaderFields) {
    stream.requestEnded = true
    complete(stream, trailers: trailers)
  }

  private func complete(_ stream: HTTP2Stream, trailers: HeaderFields) {
    guard stream.disposition == .taken, !stream.isAnswered else { return }
    // The body's last frame is with nghttp2 no more when the end of a stream is told.
    uncondensed -= min(stream.condensing.unseen, uncondensed)
    stream.condensing.show(stream.body)
    handler?.completed(stream, trailers: trailers)
  }

  private func refuse(_ stream: HTTP2Stream, _ refusal: Refusal) {
    stream.disposition = .dropped
    guard !stream.isAnswered else { return }
    handler?.refused(refusal, on: stream)
  }

  /// nghttp2 has found a section that it does not take, and resets the stream.
  func refusedByLibrary(_ id: Int32) {
    sectionSince = nil
    guard failure == nil else { return }
    if stream(id) == nil { abandoned.insert(id) }
    handler?.malformed(id)
  }

  /// A PRIORITY_UPDATE frame is complete (RFC 9218 §7.1).
  func updatePriority() {
    guard let update = priorities.complete(), failure == nil else { return }
    // There is no push, whose streams would have even numbers; zero is the connection.
    guard update.stream % 2 == 1 else {
      fail(.protocolError)
      return
    }
    if stream(update.stream) != nil {
      setPriority(update.priority, of: update.stream)
    } else if unsafe update.stream > nghttp2_session_get_last_proc_stream_id(raw) {
      priorities.hold(update)
    }
  }

  /// What was said about a stream before it began counts more than its own field (RFC 9218 §7).
  private func applyHeldPriority(to stream: HTTP2Stream) {
    guard !priorities.isEmpty, let priority = priorities.take(stream.id) else { return }
    setPriority(priority, of: stream.id)
  }

  private func setPriority(_ priority: StreamPriority, of id: Int32) {
    var value = nghttp2_extpri(
      urgency: UInt32(clamping: priority.urgency), inc: priority.isIncremental ? 1 : 0)
    _ = unsafe nghttp2_session_change_extpri_stream_priority(raw, id, &value, 0)
  }

  /// The client has reset a stream that it had begun.
  func resetReceived() {
    guard failure == nil else { return }
    handler?.wasReset(by: .client)
  }

  func closeStream(_ id: Int32) {
    guard let stream = streams.remove(id) else { return }
    // What the server has reset may still have frames under way; what the client ended may not.
    if stream.isReset { abandoned.insert(id) } else { finished.insert(id) }
    if sectionStream === stream { sectionStream = nil }
    stream.endContent()
    handler?.closed(stream)
    library.spareStreams.put(stream)
  }
}
