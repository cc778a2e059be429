import FuzzHarness

@testable import HTTPEngine

/// What a conversation comes to.
enum Event: Equatable {
  case head(String, fields: [String])
  case willContinue
  case body([UInt8])
  case complete(trailers: [String])
  case refused(Refusal)
  case answered(HTTP1Connection.ResponsePlan)
  case timedOut(Refusal)
}

/// The parts of the input that are not the client's bytes.
struct Choices {
  let limits: ServerConfiguration.Limits
  let bodyLimit: Int
  let rejectsLongTargets: Bool
  let closesAnswers: Bool

  init(_ byte: UInt8) {
    var limits = ServerConfiguration.Limits()
    if byte & 1 != 0 {
      // Small enough that inputs of a few hundred bytes reach them.
      limits.requestLineBytes = 40
      limits.fieldBytes = 160
      limits.fieldCount = 6
      limits.chunkExtensionBytes = 8
      limits.trailerBytes = 24
      limits.discardedBodyBytes = 8
    }
    self.limits = limits
    bodyLimit = byte & 2 != 0 ? 16 : 1 << 20
    rejectsLongTargets = byte & 4 != 0
    closesAnswers = byte & 8 != 0
  }
}

/// One connection without a socket, driven as the event loop drives it.
struct Conversation {
  private let choices: Choices
  private let delaysAnswers: Bool
  private let readsBodiesDirectly: Bool
  private let parser = HTTP1Parser()
  private var machine: HTTP1Connection
  private var pending: [UInt8] = []
  private var owesAnswer = false
  private var isOver = false
  private(set) var events: [Event] = []

  init(_ choices: Choices, delaysAnswers: Bool, readsBodiesDirectly: Bool) {
    self.choices = choices
    self.delaysAnswers = delaysAnswers
    self.readsBodiesDirectly = readsBodiesDirectly
    machine = HTTP1Connection(limits: choices.limits)
  }

  /// Takes bytes from the client.
  mutating func receive(_ bytes: ArraySlice<UInt8>) {
    guard !isOver else { return }
    if owesAnswer { answer() }
    var bytes = bytes
    if readsBodiesDirectly, pending.isEmpty { bytes = readBody(bytes) }
    pending += bytes
    process()
  }

  /// The client has sent everything.
  mutating func finish() {
    while owesAnswer, !isOver {
      answer()
      process()
    }
    if let refusal = machine.timedOut() { events.append(.timedOut(refusal)) }
  }

  /// Body bytes that go past the parser.
  private mutating func readBody(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let count = min(machine.missingBodyBytes, bytes.count)
    guard count > 0 else { return bytes }
    append(bytes.prefix(count))
    if machine.receivedBody(count) { complete([:]) }
    return bytes.dropFirst(count)
  }

  private mutating func process() {
    // A copy of the exact size, so that the address sanitizer sees a read beyond.
    let input = Array(pending[...])
    var position = 0
    loop: while !isOver, !owesAnswer {
      let step = machine.next(input.span, from: &position, parser: parser, info: .detached)
      FuzzHarness.require(position <= input.count, "the position stays in the input")
      switch step {
      case .needsInput: break loop
      case .head(let head): admit(head)
      case .body(let range):
        append(input[range])
        if machine.completesFixedBody() { complete([:]) }
      case .complete(let trailers): complete(trailers)
      case .discardingEnded:
        owesAnswer = true
        if !delaysAnswers { answer() }
      case .refuse(let refusal): refuse(refusal)
      }
    }
    pending.removeFirst(position)
  }

  private mutating func admit(_ head: RequestHead) {
    HeadChecks.check(head)
    events.append(.head(HeadChecks.line(head), fields: HeadChecks.lines(head.fields)))
    if choices.rejectsLongTargets, head.target.utf8.count > 2 {
      guard !machine.reject() else { return }
      owesAnswer = true
      if !delaysAnswers { answer() }
      return
    }
    switch machine.admit(maximumBodyBytes: choices.bodyLimit) {
    case .complete: complete([:])
    case .refuse(let refusal): refuse(refusal)
    case .readBody(let expected, let sendsContinue):
      FuzzHarness.require(expected == head.contentLength, "the length is the head's")
      if sendsContinue { events.append(.willContinue) }
    }
  }

  private mutating func append(_ bytes: ArraySlice<UInt8>) {
    FuzzHarness.require(!bytes.isEmpty, "a piece of a body has bytes")
    if case .body(let before)? = events.last {
      events[events.count - 1] = .body(before + bytes)
    } else {
      events.append(.body(Array(bytes)))
    }
  }

  private mutating func complete(_ trailers: HeaderFields) {
    events.append(.complete(trailers: HeadChecks.lines(trailers)))
    owesAnswer = true
    if !delaysAnswers { answer() }
  }

  private mutating func refuse(_ refusal: Refusal) {
    events.append(.refused(refusal))
    respond(status: refusal.status, closes: true)
    FuzzHarness.require(isOver, "a refusal ends the connection")
  }

  private mutating func answer() {
    owesAnswer = false
    respond(status: .ok, closes: choices.closesAnswers)
  }

  private mutating func respond(status: Status, closes: Bool) {
    let plan = machine.respond(status: status, bodyCount: 2, closes: closes)
    events.append(.answered(plan))
    isOver = plan.connection == .close
  }
}
