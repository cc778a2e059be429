import Testing

@testable import HTTPEngine

/// Plays bytes into the state machine and writes down what it asks for.
private struct Script {
  var machine: HTTP1Connection
  var maximumBodyBytes = 100
  let parser = HTTP1Parser()
  var log: [String] = []
  var body: [UInt8] = []
  var isRejected = false

  init(limits: ServerConfiguration.Limits = .init()) {
    machine = HTTP1Connection(limits: limits)
  }

  /// Plays the pieces as a loop would: an unfinished head is shown again with more bytes.
  mutating func play(_ pieces: [[UInt8]]) {
    var pending: [UInt8] = []
    for piece in pieces {
      pending += piece
      var position = 0
      while step(pending.span, &position) {}
      pending.removeFirst(position)
    }
  }

  mutating func play(_ text: String) { play([Array(text.utf8)]) }

  private mutating func step(_ input: Span<UInt8>, _ position: inout Int) -> Bool {
    switch machine.next(input, from: &position, parser: parser, info: .detached) {
    case .needsInput: return false
    case .head(let head):
      log.append("head \(head.method.name) \(head.target)")
      admit(head)
    case .body(let range):
      for index in range { body.append(input[index]) }
      if machine.completesFixedBody() { complete() }
    case .complete(let trailers):
      if let value = trailers["x"] { log.append("trailer \(value)") }
      complete()
    case .discardingEnded: complete()
    case .refuse(let refusal): refuse(refusal)
    }
    return true
  }

  private mutating func admit(_ head: RequestHead) {
    if head.path == "/reject" {
      isRejected = machine.reject()
      if !isRejected { answer(404) }
      return
    }
    switch machine.admit(maximumBodyBytes: maximumBodyBytes) {
    case .readBody(let expected, let sendsContinue):
      log.append("body \(expected.map(String.init) ?? "?")\(sendsContinue ? " continue" : "")")
    case .complete: complete()
    case .refuse(let refusal): refuse(refusal)
    }
  }

  private mutating func complete() {
    if !body.isEmpty { log.append("content \(String(decoding: body, as: UTF8.self))") }
    body = []
    answer(isRejected ? 404 : 200)
    isRejected = false
  }

  private mutating func refuse(_ refusal: Refusal) { answer(refusal.status) }

  mutating func answer(_ status: Status, bodyCount: Int? = 3, closes: Bool = false) {
    let plan = machine.respond(status: status, bodyCount: bodyCount, closes: closes)
    log.append("\(status.rawValue) \(plan.connection) \(plan.content)")
  }
}

@Suite struct HTTP1ConnectionTests {
  private static let get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

  @Test func `goes from request to request`() {
    var script = Script()
    script.play(Self.get + Self.get)
    let exchange = ["head GET /a", "200 unsaid length(3)"]
    #expect(script.log == exchange + exchange)
    #expect(script.machine.isIdle)
  }

  @Test func `takes a body of known length`() {
    var script = Script()
    script.play("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi" + Self.get)
    #expect(
      script.log == [
        "head POST /a", "body 2", "content hi", "200 unsaid length(3)", "head GET /a",
        "200 unsaid length(3)",
      ])
  }

  @Test func `takes a chunked body with trailers`() {
    var script = Script()
    script.play(
      "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
        + "1\r\nh\r\n1\r\ni\r\n0\r\nX: y\r\n\r\n")
    #expect(
      script.log == [
        "head POST /a", "body ? continue", "trailer y", "content hi", "200 unsaid length(3)",
      ])
  }

  /// Whatever pieces the bytes come in, the same things are asked for.
  @Test(arguments: [
    get + get,
    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi" + get,
    "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "3;a=\"b\"\r\nabc\r\n00a\r\n0123456789\r\n0\r\nX: y\r\nY: z\r\n\r\n" + get,
    "POST /reject HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" + get,
    "\r\nGET /a?b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get,
    "GET /a HTTP/1.1\r\nHost: x\r\nX: y\r\n folded\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n",
  ])
  func `does the same wherever the input is split`(_ text: String) {
    let bytes = Array(text.utf8)
    var whole = Script()
    whole.play([bytes])
    for split in 0...bytes.count {
      var script = Script()
      script.play([Array(bytes[..<split]), Array(bytes[split...])])
      #expect(script.log == whole.log, "split at \(split)")
    }
    var single = Script()
    single.play(bytes.map { [$0] })
    #expect(single.log == whole.log)
  }

  @Test func `refuses a length above the limit before its body`() {
    var script = Script()
    script.play("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n")
    #expect(script.log == ["head POST /a", "413 close length(3)"])
    #expect(script.machine.state == .closing)
    #expect(!script.machine.hasReadAll)
  }

  @Test func `takes a length at the limit`() {
    var script = Script()
    script.play("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
    #expect(script.log == ["head POST /a", "body 100"])
    #expect(script.machine.missingBodyBytes == 100)
    let isComplete = [script.machine.receivedBody(99), script.machine.receivedBody(1)]
    #expect(isComplete == [false, true])
    #expect(script.machine.state == .answering)
  }

  @Test func `refuses chunks as soon as their sum passes the limit`() {
    var script = Script()
    script.play(
      "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "2\r\nab\r\n63\r\n")
    #expect(script.log == ["head POST /a", "body ?", "413 close length(3)"])
  }

  @Test func `drops the small body of a rejected request`() {
    var script = Script()
    script.play("POST /reject HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel")
    #expect(script.machine.state == .fixedBody(remaining: 2))
    script.play("lo" + Self.get)
    #expect(
      script.log == [
        "head POST /reject", "content hello", "404 unsaid length(3)", "head GET /a",
        "200 unsaid length(3)",
      ])
  }

  private static let rejectedChunks =
    "POST /reject HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

  @Test func `judges the chunks of a rejected request`() {
    var good = Script()
    good.play(Self.rejectedChunks + "2\r\nab\r\n0\r\n\r\n" + Self.get)
    #expect(
      good.log == [
        "head POST /reject", "content ab", "404 unsaid length(3)", "head GET /a",
        "200 unsaid length(3)",
      ])
    var bad = Script()
    bad.play(Self.rejectedChunks + "2\r\nabc\r\n0\r\n\r\n")
    #expect(bad.log == ["head POST /reject", "400 close length(3)"])
  }

  @Test(arguments: [
    ("Content-Length: 8\r\n\r\n", HTTP1Connection.State.fixedBody(remaining: 8)),
    ("Content-Length: 9\r\n\r\n", .closing),
    ("Transfer-Encoding: chunked\r\n\r\n8\r\n", .chunkedBody),
    ("Transfer-Encoding: chunked\r\n\r\n9\r\n", .closing),
    ("Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n4\r\n", .closing),
    ("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n", .closing),
  ])
  func `discards bodies up to the limit`(_ rest: String, _ state: HTTP1Connection.State) {
    var limits = ServerConfiguration.Limits()
    limits.discardedBodyBytes = 8
    var script = Script(limits: limits)
    script.play("POST /reject HTTP/1.1\r\nHost: x\r\n\(rest)")
    #expect(script.machine.state == state)
    #expect((script.log.last == "404 close length(3)") == (state == .closing))
  }

  @Test func `closes rather than drop a body that may not come`() {
    var script = Script()
    script.play(
      "POST /reject HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    #expect(script.log == ["head POST /reject", "404 close length(3)"])
  }

  @Test func `plans each kind of content`() {
    var script = Script()
    script.maximumBodyBytes = 0
    let plans: [(String, Status, Int?, HTTP1Connection.ResponsePlan)] = [
      (
        "GET / HTTP/1.1\r\nHost: x", 200, 5,
        .init(connection: .unsaid, content: .length(5), sendsContent: true)
      ),
      (
        "HEAD / HTTP/1.1\r\nHost: x", 200, 5,
        .init(connection: .unsaid, content: .length(5), sendsContent: false)
      ),
      (
        "GET / HTTP/1.1\r\nHost: x", 200, nil,
        .init(connection: .unsaid, content: .chunked, sendsContent: true)
      ),
      (
        "GET / HTTP/1.1\r\nHost: x", 204, 5,
        .init(connection: .unsaid, content: .none, sendsContent: false)
      ),
      (
        "GET / HTTP/1.1\r\nHost: x", 304, 5,
        .init(connection: .unsaid, content: .none, sendsContent: false)
      ),
      (
        "GET / HTTP/1.0", 200, nil,
        .init(connection: .close, content: .untilClose, sendsContent: true)
      ),
      (
        "GET / HTTP/1.0\r\nConnection: keep-alive", 200, 5,
        .init(connection: .keepAlive, content: .length(5), sendsContent: true)
      ),
    ]
    for (head, status, count, plan) in plans {
      var machine = HTTP1Connection(limits: .init())
      let bytes = Array("\(head)\r\n\r\n".utf8)
      var position = 0
      _ = machine.next(bytes.span, from: &position, parser: script.parser, info: .detached)
      let step = machine.admit(maximumBodyBytes: 0)
      #expect(step == .complete)
      let made = machine.respond(status: status, bodyCount: count, closes: false)
      #expect(made == plan)
    }
  }

  @Test func `closes when the application wants it`() {
    var script = Script()
    script.machine = HTTP1Connection(limits: .init())
    let bytes = Array(Self.get.utf8)
    var position = 0
    _ = script.machine.next(bytes.span, from: &position, parser: script.parser, info: .detached)
    _ = script.machine.admit(maximumBodyBytes: 0)
    script.answer(200, closes: true)
    #expect(script.log == ["200 close length(3)"])
    #expect(script.machine.hasReadAll)
    #expect(!script.machine.wantsInput)
  }

  @Test func `knows what a timeout means in each state`() {
    var script = Script()
    var refusal = script.machine.timedOut()
    #expect(refusal == nil)
    script.play("G")
    #expect(!script.machine.isIdle)
    refusal = script.machine.timedOut()
    #expect(refusal == .requestTimeout)
    var second = Script()
    second.play("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    refusal = second.machine.timedOut()
    #expect(refusal == .requestTimeout)
    refusal = second.machine.timedOut()
    #expect(refusal == nil)
  }
}
