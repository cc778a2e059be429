import Testing

@testable import HTTPEngine

/// What RFC 9113 and RFC 7541 demand of a server, case by case.
///
/// The cases are those that the conformance suites of HTTP/2 try, written anew; sections are those
/// of RFC 9113 or, in the HPACK group, RFC 7541.
struct FrameCase: CustomTestStringConvertible, Sendable {
  enum Outcome: Sendable {
    /// The stream is answered with that status.
    case answered(Int32, String)
    case streamError(Int32, UInt32)
    case connectionError(UInt32)
    /// The connection goes on: a PING is answered.
    case tolerated
    /// The connection ends without an error.
    case ended
  }

  let name: String
  let settings: [(UInt16, UInt32)]
  let frames: [WireFrame]
  let outcome: Outcome

  init(
    _ name: String, settings: [(UInt16, UInt32)] = [], _ frames: [WireFrame], _ outcome: Outcome
  ) {
    self.name = name
    self.settings = settings
    self.frames = frames
    self.outcome = outcome
  }

  var testDescription: String { name }

  func check(inPiecesOf size: Int) throws {
    let driver = try #require(SessionDriver())
    driver.begin(settings)
    driver.receive(frames.flatMap(\.bytes), inPiecesOf: size)
    switch outcome {
    case .answered(let stream, let status):
      #expect(driver.answers[stream]?.status == status)
      #expect(driver.connectionError == nil)
    case .streamError(let stream, let code):
      #expect(driver.resetCode(stream) == code || driver.connectionError == code)
    case .connectionError(let code): #expect(driver.connectionError == code)
    case .ended:
      #expect(driver.connectionError == nil)
      #expect(!driver.session.wantsRead)
    case .tolerated:
      driver.receive(.ping("stillon?"))
      #expect(driver.frames.last == WireFrame(type: 6, flags: 1, payload: Array("stillon?".utf8)))
      #expect(driver.connectionError == nil)
    }
  }
}

private enum Code {
  static let protocolError: UInt32 = 1
  static let flowControl: UInt32 = 3
  static let streamClosed: UInt32 = 5
  static let frameSize: UInt32 = 6
  static let refused: UInt32 = 7
  static let compression: UInt32 = 9
}

@Suite struct HTTP2ConformanceTests {
  @Test(
    arguments: FrameCase.frameFormat + FrameCase.streamStates + FrameCase.dataAndHeaders
      + FrameCase.controlFrames + FrameCase.flowControl)
  func `treats frames as RFC 9113 demands`(_ row: FrameCase) throws {
    try row.check(inPiecesOf: .max)
    try row.check(inPiecesOf: 1)
  }

  @Test(arguments: FrameCase.messages + FrameCase.accepted)
  func `treats messages as RFC 9113 demands`(_ row: FrameCase) throws {
    try row.check(inPiecesOf: .max)
    try row.check(inPiecesOf: 1)
  }

  @Test(arguments: FrameCase.compression)
  func `treats field sections as RFC 7541 demands`(_ row: FrameCase) throws {
    try row.check(inPiecesOf: .max)
    try row.check(inPiecesOf: 1)
  }

  @Test func `begins with its settings`() throws {
    let driver = try #require(SessionDriver())
    driver.begin()
    #expect(driver.frames.first?.type == 4)
    #expect(driver.frames.first?.flags == 0)
    #expect(driver.frames.contains(WireFrame(type: 4, flags: 1)))
  }

  @Test func `ends a connection that does not begin with the preface`() throws {
    let driver = try #require(SessionDriver())
    driver.receive(Array("INVALID CONNECTION PREFACE\r\n\r\n".utf8))
    #expect(driver.session.failure != nil)
    #expect(!driver.session.wantsRead)
  }

  @Test func `refuses more streams than it has announced`() throws {
    let driver = try #require(SessionDriver())
    driver.holds = true
    driver.begin()
    driver.receive(WireFrame(type: 4, flags: 1))
    for index in 0...128 { driver.receive(.get(Int32(index * 2 + 1))) }
    let last = Int32(257)
    let code = driver.resetCode(last) ?? driver.connectionError
    #expect(code == Code.refused || code == Code.protocolError)
  }

  @Test func `sends no more than the window allows`() throws {
    let driver = try #require(SessionDriver())
    driver.begin([(4, 1)])
    driver.receive(.get(1))
    let first = driver.frames.filter { $0.type == 0 }
    #expect(first.map(\.payload.count) == [1])
    // A smaller initial window makes the stream's negative, which is counted and not an error.
    driver.receive(.settings([(4, 0)]), .window(1, 1))
    #expect(driver.frames.filter { $0.type == 0 }.count == 1)
    driver.receive(.window(1, 2))
    #expect(driver.frames.filter { $0.type == 0 }.map(\.payload.count) == [1, 2])
    driver.receive(.settings([(4, 65535)]))
    #expect(driver.answers[1]?.body == Array("GET /".utf8))
  }
}

extension FrameCase {
  fileprivate static let large = String(repeating: "x", count: 1 << 14)

  static let frameFormat: [FrameCase] = [
    FrameCase("4.1 unknown type", [WireFrame(type: 0xFF, payload: [1, 2])], .tolerated),
    FrameCase(
      "4.1 undefined flags", [WireFrame(type: 6, flags: 0xFE, payload: Array("abcdefgh".utf8))],
      .tolerated),
    FrameCase(
      "4.1 reserved bit",
      [WireFrame(type: 6, stream: .min, payload: Array("abcdefgh".utf8))], .tolerated),
    FrameCase("4.2 2^14 octets of data", [.post(1), .data(1, large)], .answered(1, "200")),
    FrameCase(
      "4.2 a frame longer than announced",
      [.post(1), WireFrame(type: 0, flags: 1, stream: 1, claimed: 1 << 20 + 1)],
      .connectionError(Code.frameSize)),
    FrameCase(
      "4.2 a HEADERS frame longer than announced",
      [WireFrame(type: 1, flags: 5, stream: 1, claimed: 1 << 20 + 1)],
      .connectionError(Code.frameSize)),
    FrameCase(
      "4.3 PRIORITY within a section",
      [
        .headers(1, HeaderBlock.request("GET", "/"), endHeaders: false), .priority(1),
      ], .connectionError(Code.protocolError)),
    FrameCase(
      "4.3 another stream's HEADERS within a section",
      [.headers(1, HeaderBlock.request("GET", "/"), endHeaders: false), .get(3)],
      .connectionError(Code.protocolError)),
    FrameCase("5.5 unknown frame", [WireFrame(type: 0x16, flags: 0xFF)], .tolerated),
    FrameCase(
      "5.5 unknown frame within a section",
      [
        .headers(1, HeaderBlock.request("GET", "/"), endHeaders: false), WireFrame(type: 0x16),
      ], .connectionError(Code.protocolError)),
    FrameCase("7 unknown error code", [.get(1), .reset(1, 0xFF)], .tolerated),
  ]

  static let streamStates: [FrameCase] = [
    FrameCase("5.1 idle: DATA", [.data(1, "x")], .connectionError(Code.protocolError)),
    FrameCase("5.1 idle: RST_STREAM", [.reset(1)], .connectionError(Code.protocolError)),
    FrameCase("5.1 idle: WINDOW_UPDATE", [.window(1, 100)], .connectionError(Code.protocolError)),
    FrameCase(
      "5.1 idle: CONTINUATION", [.continuation(1, HeaderBlock.request("GET", "/"))],
      .connectionError(Code.protocolError)),
    FrameCase("5.1 closed: DATA", [.get(1), .data(1, "x")], .streamError(1, Code.streamClosed)),
    FrameCase("5.1 closed: HEADERS", [.get(1), .get(1)], .streamError(1, Code.streamClosed)),
    FrameCase(
      "5.1 closed: HEADERS and CONTINUATION",
      [
        .get(1), .headers(1, HeaderBlock.request("GET", "/"), endHeaders: false),
        .continuation(1, HeaderBlock.lines([("x", "y")])),
      ], .streamError(1, Code.streamClosed)),
    FrameCase(
      "5.1 closed by a reset: DATA", [.post(1), .reset(1), .data(1, "x")],
      .streamError(1, Code.streamClosed)),
    FrameCase(
      "5.1 closed by a reset: HEADERS", [.post(1), .reset(1), .get(1)],
      .streamError(1, Code.streamClosed)),
    FrameCase("5.1 closed: PRIORITY", [.get(1), .priority(1)], .tolerated),
    FrameCase("5.1 closed: WINDOW_UPDATE", [.get(1), .window(1, 1)], .tolerated),
    FrameCase("5.1 closed: RST_STREAM", [.get(1), .reset(1)], .tolerated),
    FrameCase("5.1.1 even stream", [.get(2)], .connectionError(Code.protocolError)),
    FrameCase("5.1.1 lower stream", [.get(5), .get(3)], .connectionError(Code.protocolError)),
    FrameCase(
      "5.3 HEADERS that depend on themselves",
      [
        WireFrame(
          type: 1, flags: 0x25, stream: 1,
          payload: WireFrame.word(1) + [15] + HeaderBlock.request("GET", "/"))
      ], .streamError(1, Code.protocolError)),
    FrameCase(
      "5.3 PRIORITY that depends on itself", [.get(1), .priority(1, dependsOn: 1)],
      .streamError(1, Code.protocolError)),
  ]

  static let dataAndHeaders: [FrameCase] = [
    FrameCase("6.1 DATA on stream 0", [.data(0, "x")], .connectionError(Code.protocolError)),
    FrameCase(
      "6.1 DATA with too much padding",
      [.post(1), WireFrame(type: 0, flags: 9, stream: 1, payload: [6, 1, 2, 3, 4, 5])],
      .connectionError(Code.protocolError)),
    FrameCase(
      "6.2 HEADERS on stream 0", [.get(0)], .connectionError(Code.protocolError)),
    FrameCase(
      "6.2 HEADERS with too much padding",
      [WireFrame(type: 1, flags: 13, stream: 1, payload: [200] + HeaderBlock.request("GET", "/"))],
      .connectionError(Code.protocolError)),
    FrameCase(
      "6.3 PRIORITY on stream 0", [.priority(0)], .connectionError(Code.protocolError)),
    FrameCase(
      "6.3 PRIORITY of four octets",
      [.get(1), WireFrame(type: 2, stream: 1, payload: [0, 0, 0, 0])],
      .streamError(1, Code.frameSize)),
    FrameCase(
      "6.10 CONTINUATION on stream 0",
      [
        .headers(1, HeaderBlock.request("GET", "/"), endHeaders: false),
        .continuation(0, HeaderBlock.lines([("x", "y")])),
      ], .connectionError(Code.protocolError)),
    FrameCase(
      "6.10 CONTINUATION after the section's end",
      [.post(1), .continuation(1, HeaderBlock.lines([("x", "y")]))],
      .connectionError(Code.protocolError)),
    FrameCase(
      "6.10 CONTINUATION after CONTINUATION with END_HEADERS",
      [
        .headers(1, HeaderBlock.request("GET", "/"), endStream: false, endHeaders: false),
        .continuation(1, HeaderBlock.lines([("x", "y")])),
        .continuation(1, HeaderBlock.lines([("z", "y")])),
      ], .connectionError(Code.protocolError)),
    FrameCase(
      "6.10 CONTINUATION after DATA",
      [
        .post(1), .data(1, "x", endStream: false),
        .continuation(1, HeaderBlock.lines([("x", "y")])),
      ], .connectionError(Code.protocolError)),
    FrameCase(
      "6.10 CONTINUATION and then DATA",
      [
        .headers(1, HeaderBlock.request("GET", "/"), endHeaders: false),
        .continuation(1, HeaderBlock.lines([("x", "y")]), endHeaders: false), .data(1, "x"),
      ], .connectionError(Code.protocolError)),
  ]

  static let controlFrames: [FrameCase] = [
    FrameCase("6.4 RST_STREAM on stream 0", [.reset(0)], .connectionError(Code.protocolError)),
    FrameCase(
      "6.4 RST_STREAM of three octets",
      [.post(1), WireFrame(type: 3, stream: 1, payload: [0, 0, 0])],
      .connectionError(Code.frameSize)),
    FrameCase(
      "6.5 SETTINGS acknowledgement with content",
      [WireFrame(type: 4, flags: 1, payload: [0])], .connectionError(Code.frameSize)),
    FrameCase(
      "6.5 SETTINGS on a stream",
      [WireFrame(type: 4, stream: 1)], .connectionError(Code.protocolError)),
    FrameCase(
      "6.5 SETTINGS of three octets",
      [WireFrame(type: 4, payload: [0, 3, 0])], .connectionError(Code.frameSize)),
    FrameCase(
      "6.5.2 ENABLE_PUSH of 2", [.settings([(2, 2)])], .connectionError(Code.protocolError)),
    FrameCase(
      "6.5.2 INITIAL_WINDOW_SIZE too large", [.settings([(4, 1 << 31)])],
      .connectionError(Code.flowControl)),
    FrameCase(
      "6.5.2 MAX_FRAME_SIZE too small", [.settings([(5, 16383)])],
      .connectionError(Code.protocolError)),
    FrameCase(
      "6.5.2 MAX_FRAME_SIZE too large", [.settings([(5, 1 << 24)])],
      .connectionError(Code.protocolError)),
    FrameCase("6.5.2 unknown setting", [.settings([(0xFF, 1)])], .tolerated),
    FrameCase("6.7 PING", [.ping()], .tolerated),
    FrameCase("6.7 PING acknowledgement", [.ping("unasked!", acknowledges: true)], .tolerated),
    FrameCase(
      "6.7 PING on a stream", [WireFrame(type: 6, stream: 1, payload: Array("12345678".utf8))],
      .connectionError(Code.protocolError)),
    FrameCase(
      "6.7 PING of six octets", [WireFrame(type: 6, payload: Array("123456".utf8))],
      .connectionError(Code.frameSize)),
    FrameCase(
      "6.8 GOAWAY on a stream", [.goAway(stream: 1)], .connectionError(Code.protocolError)),
    FrameCase("7 GOAWAY with an unknown code", [.goAway(code: 0xFF)], .ended),
    FrameCase(
      "8.4 PUSH_PROMISE",
      [
        WireFrame(
          type: 5, flags: 4, stream: 1,
          payload: WireFrame.word(3) + HeaderBlock.request("GET", "/"))
      ], .connectionError(Code.protocolError)),
  ]

  static let flowControl: [FrameCase] = [
    FrameCase(
      "6.9 WINDOW_UPDATE of zero", [.window(0, 0)], .connectionError(Code.protocolError)),
    FrameCase(
      "6.9 WINDOW_UPDATE of zero on a stream", [.post(1), .window(1, 0)],
      .streamError(1, Code.protocolError)),
    FrameCase(
      "6.9 WINDOW_UPDATE of three octets",
      [WireFrame(type: 8, payload: [0, 0, 1])], .connectionError(Code.frameSize)),
    FrameCase(
      "6.9.1 a connection window above 2^31-1", [.window(0, 1 << 31 - 1), .window(0, 1 << 31 - 1)],
      .connectionError(Code.flowControl)),
    FrameCase(
      "6.9.1 a stream window above 2^31-1",
      [.post(1), .window(1, 1 << 31 - 1), .window(1, 1 << 31 - 1)],
      .streamError(1, Code.flowControl)),
    // nghttp2 resets the streams concerned, where §6.9.2 would end the connection.
    FrameCase(
      "6.9.2 an initial window that makes a stream's too large",
      [.post(1), .window(1, 1 << 31 - 65536), .settings([(4, 1 << 31 - 1)])],
      .streamError(1, Code.flowControl)),
  ]

  private static func malformed(_ name: String, _ lines: [(String, String)]) -> FrameCase {
    FrameCase(name, [.headers(1, HeaderBlock.lines(lines))], .streamError(1, Code.protocolError))
  }

  private static let usual = [(":method", "GET"), (":scheme", "http"), (":path", "/")]

  static let messages: [FrameCase] = [
    malformed("8.2.1 upper-case name", usual + [(":authority", "a"), ("X-A", "b")]),
    malformed("8.2.1 space in a name", usual + [(":authority", "a"), ("x a", "b")]),
    malformed("8.2.1 NUL in a value", usual + [(":authority", "a"), ("x", "a\u{0}b")]),
    malformed("8.2.1 line feed in a value", usual + [(":authority", "a"), ("x", "a\nb: c")]),
    malformed("8.2.1 space around a value", usual + [(":authority", "a"), ("x", " b")]),
    malformed("8.2.2 connection", usual + [(":authority", "a"), ("connection", "keep-alive")]),
    malformed(
      "8.2.2 transfer-encoding", usual + [("host", "a"), ("transfer-encoding", "chunked")]),
    malformed("8.2.2 te", usual + [(":authority", "a"), ("te", "trailers, deflate")]),
    malformed("8.3 unknown pseudo-field", usual + [(":authority", "a"), (":test", "b")]),
    malformed("8.3 pseudo-field of answers", usual + [(":authority", "a"), (":status", "200")]),
    malformed("8.3 pseudo-field after a field", [("x", "y")] + usual + [(":authority", "a")]),
    malformed("8.3.1 empty path", [(":method", "GET"), (":scheme", "http"), (":path", "")]),
    malformed("8.3.1 no method", [(":scheme", "http"), (":path", "/"), (":authority", "a")]),
    malformed("8.3.1 no scheme", [(":method", "GET"), (":path", "/"), (":authority", "a")]),
    malformed("8.3.1 no path", [(":method", "GET"), (":scheme", "http"), (":authority", "a")]),
    malformed("8.3.1 two methods", usual + [(":method", "GET"), (":authority", "a")]),
    malformed("8.3.1 two schemes", usual + [(":scheme", "http"), (":authority", "a")]),
    malformed("8.3.1 two paths", usual + [(":path", "/"), (":authority", "a")]),
    malformed("8.3.1 two authorities", usual + [(":authority", "a"), (":authority", "a")]),
    malformed("8.3.1 no authority", usual),
    malformed(
      "8.3.1 absolute-form",
      [(":method", "GET"), (":scheme", "http"), (":path", "http://a/"), (":authority", "a")]),
    FrameCase(
      "8.1 a second section without END_STREAM",
      [.post(1), .headers(1, HeaderBlock.lines([("x", "y")]), endStream: false)],
      .streamError(1, Code.protocolError)),
    FrameCase(
      "8.1 a pseudo-field in trailers",
      [
        .post(1), .data(1, "x", endStream: false), .headers(1, HeaderBlock.lines([(":path", "/")])),
      ],
      .streamError(1, Code.protocolError)),
    FrameCase(
      "8.1.1 less content than declared",
      [.post(1, "/", [("content-length", "2")]), .data(1, "x")],
      .streamError(1, Code.protocolError)),
    FrameCase(
      "8.1.1 more content than declared in two frames",
      [
        .post(1, "/", [("content-length", "3")]), .data(1, "xy", endStream: false),
        .data(1, "xy"),
      ], .streamError(1, Code.protocolError)),
    FrameCase(
      "8.1.1 no content where some is declared", [.get(1, "/", [("content-length", "1")])],
      .streamError(1, Code.protocolError)),
    FrameCase(
      "8.5 a tunnel",
      [.headers(1, HeaderBlock.lines([(":method", "CONNECT"), (":authority", "a:1")]))],
      .answered(1, "501")),
    FrameCase(
      "an unknown method", [.headers(1, HeaderBlock.request("BREW", "/"))], .answered(1, "501")),
    FrameCase("Host and authority differ", [.get(1, "/", [("host", "b")])], .answered(1, "400")),
    FrameCase("Host and authority agree", [.get(1, "/", [("host", "A")])], .answered(1, "200")),
    FrameCase(
      "another scheme",
      [
        .headers(
          1,
          HeaderBlock.lines([
            (":method", "GET"), (":scheme", "ftp"), (":path", "/"), (":authority", "a"),
          ]))
      ], .answered(1, "400")),
    FrameCase(
      "two content types", [.get(1, "/", [("content-type", "a/b"), ("content-type", "a/c")])],
      .answered(1, "400")),
    FrameCase("a disguised length", [.get(1, "/", [("content_length", "1")])], .answered(1, "400")),
    FrameCase("another expectation", [.post(1, "/", [("expect", "x")])], .answered(1, "417")),
    FrameCase(
      "a framing field in trailers",
      [
        .post(1), .data(1, "x", endStream: false), .headers(1, HeaderBlock.lines([("host", "b")])),
      ], .answered(1, "400")),
    FrameCase("an escape that is none", [.get(1, "/%zz")], .answered(1, "400")),
  ]

  static let accepted: [FrameCase] = [
    FrameCase("a GET", [.get(1)], .answered(1, "200")),
    FrameCase("a HEAD", [.headers(1, HeaderBlock.request("HEAD", "/"))], .answered(1, "200")),
    FrameCase("OPTIONS *", [.headers(1, HeaderBlock.request("OPTIONS", "*"))], .answered(1, "200")),
    FrameCase("te: trailers", [.get(1, "/", [("te", "trailers")])], .answered(1, "200")),
    FrameCase(
      "Host instead of authority", [.headers(1, HeaderBlock.lines(usual + [("host", "a")]))],
      .answered(1, "200")),
    FrameCase("a POST", [.post(1), .data(1, "body")], .answered(1, "200")),
    FrameCase(
      "a POST in two frames", [.post(1), .data(1, "bo", endStream: false), .data(1, "dy")],
      .answered(1, "200")),
    FrameCase(
      "a padded POST",
      [.post(1), WireFrame(type: 0, flags: 9, stream: 1, payload: [2, 120, 0, 0])],
      .answered(1, "200")),
    FrameCase(
      "a POST with trailers",
      [.post(1), .data(1, "x", endStream: false), .headers(1, HeaderBlock.lines([("x", "y")]))],
      .answered(1, "200")),
    FrameCase(
      "a section in several frames",
      [
        .headers(1, HeaderBlock.request("GET", "/"), endHeaders: false),
        .continuation(1, HeaderBlock.lines([("x", "y")]), endHeaders: false),
        .continuation(1, HeaderBlock.lines([("z", "y")])),
      ], .answered(1, "200")),
    FrameCase(
      "a padded section with a priority",
      [
        WireFrame(
          type: 1, flags: 0x2D, stream: 1,
          payload: [2] + WireFrame.word(0) + [15] + HeaderBlock.request("GET", "/") + [0, 0])
      ], .answered(1, "200")),
    FrameCase(
      "PRIORITY on an idle stream, then a lower one", [.priority(7, dependsOn: 3), .get(3)],
      .answered(3, "200")),
    FrameCase("a RFC 9218 priority", [.get(1, "/", [("priority", "u=1, i")])], .answered(1, "200")),
    FrameCase(
      "PRIORITY_UPDATE",
      [WireFrame(type: 0x10, payload: WireFrame.word(1) + Array("u=0".utf8)), .get(1)],
      .answered(1, "200")),
    FrameCase(
      "WINDOW_UPDATE while answering", [.post(1), .window(1, 100), .data(1)], .answered(1, "200")),
  ]

  private static func block(_ name: String, _ bytes: [UInt8]) -> FrameCase {
    FrameCase(
      name, [.headers(1, HeaderBlock.request("GET", "/") + bytes)],
      .connectionError(Code.compression))
  }

  private static func text(_ text: String) -> [UInt8] {
    [UInt8(text.utf8.count)] + Array(text.utf8)
  }

  private static func good(_ name: String, _ bytes: [UInt8]) -> FrameCase {
    FrameCase(
      name, [.headers(1, HeaderBlock.request("GET", "/") + bytes)], .answered(1, "200"))
  }

  static let compression: [FrameCase] = [
    block("2.3.3 an index beyond the table", [0xC6]),
    block("2.3.3 a literal's name beyond the table", [0x7F, 0x07] + text("x")),
    block("4.2 a table size at the end of a section", [0x3F, 0xE1, 0x1F]),
    block(
      "5.2 Huffman padding longer than 7 bits", [0x00, 0x82, 0xF3, 0xFF] + text("x")),
    block("5.2 Huffman padding of zeros", [0x00, 0x81, 0xF2] + text("x")),
    block("5.2 Huffman with EOS", [0x00, 0x84, 0xFF, 0xFF, 0xFF, 0xFF] + text("x")),
    block("6.1 index 0", [0x80]),
    FrameCase(
      "6.3 a table size above the setting",
      [.headers(1, [0x3F, 0xE2, 0x1F] + HeaderBlock.request("GET", "/"))],
      .connectionError(Code.compression)),
    FrameCase(
      "4.3 a truncated section",
      [.headers(1, HeaderBlock.request("GET", "/") + [0x00, 0x05, 0x61])],
      .connectionError(Code.compression)),
    good("6.1 an indexed line", [0x90]),
    good("6.2.1 incremental indexing, known name", [0x7A] + text("x")),
    good("6.2.1 incremental indexing, new name", [0x40] + text("x-a") + text("b")),
    good("6.2.2 without indexing, known name", [0x0F, 0x2B] + text("x")),
    good("6.2.2 without indexing, new name", [0x00] + text("x-a") + text("b")),
    good("6.2.3 never indexed, known name", [0x1F, 0x2B] + text("x")),
    good("6.2.3 never indexed, new name", [0x10] + text("x-a") + text("b")),
    FrameCase(
      "6.3 two table sizes",
      [.headers(1, [0x20, 0x3F, 0xE1, 0x1F] + HeaderBlock.request("GET", "/"))],
      .answered(1, "200")),
  ]
}
