import Testing

@testable import HTTPEngine

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
    #expect(code == ErrorCode.refused || code == ErrorCode.protocolError)
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
      .connectionError(ErrorCode.frameSize)),
    FrameCase(
      "4.2 a HEADERS frame longer than announced",
      [WireFrame(type: 1, flags: 5, stream: 1, claimed: 1 << 20 + 1)],
      .connectionError(ErrorCode.frameSize)),
    FrameCase(
      "4.3 PRIORITY within a section",
      [
        .headers(1, HeaderBlock.request("GET", "/"), endHeaders: false), .priority(1),
      ], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "4.3 another stream's HEADERS within a section",
      [.headers(1, HeaderBlock.request("GET", "/"), endHeaders: false), .get(3)],
      .connectionError(ErrorCode.protocolError)),
    FrameCase("5.5 unknown frame", [WireFrame(type: 0x16, flags: 0xFF)], .tolerated),
    FrameCase(
      "5.5 unknown frame within a section",
      [
        .headers(1, HeaderBlock.request("GET", "/"), endHeaders: false), WireFrame(type: 0x16),
      ], .connectionError(ErrorCode.protocolError)),
    FrameCase("7 unknown error code", [.get(1), .reset(1, 0xFF)], .tolerated),
  ]

  static let streamStates: [FrameCase] = [
    FrameCase("5.1 idle: DATA", [.data(1, "x")], .connectionError(ErrorCode.protocolError)),
    FrameCase("5.1 idle: RST_STREAM", [.reset(1)], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "5.1 idle: WINDOW_UPDATE", [.window(1, 100)], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "5.1 idle: CONTINUATION", [.continuation(1, HeaderBlock.request("GET", "/"))],
      .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "5.1 closed: DATA", [.get(1), .data(1, "x")], .streamError(1, ErrorCode.streamClosed)),
    FrameCase("5.1 closed: HEADERS", [.get(1), .get(1)], .streamError(1, ErrorCode.streamClosed)),
    FrameCase(
      "5.1 closed: HEADERS and CONTINUATION",
      [
        .get(1), .headers(1, HeaderBlock.request("GET", "/"), endHeaders: false),
        .continuation(1, HeaderBlock.lines([("x", "y")])),
      ], .streamError(1, ErrorCode.streamClosed)),
    FrameCase(
      "5.1 closed by a reset: DATA", [.post(1), .reset(1), .data(1, "x")],
      .streamError(1, ErrorCode.streamClosed)),
    FrameCase(
      "5.1 closed by a reset: HEADERS", [.post(1), .reset(1), .get(1)],
      .streamError(1, ErrorCode.streamClosed)),
    FrameCase("5.1 closed: PRIORITY", [.get(1), .priority(1)], .tolerated),
    FrameCase("5.1 closed: WINDOW_UPDATE", [.get(1), .window(1, 1)], .tolerated),
    FrameCase("5.1 closed: RST_STREAM", [.get(1), .reset(1)], .tolerated),
    FrameCase("5.1.1 even stream", [.get(2)], .connectionError(ErrorCode.protocolError)),
    FrameCase("5.1.1 lower stream", [.get(5), .get(3)], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "5.3 HEADERS that depend on themselves",
      [
        WireFrame(
          type: 1, flags: 0x25, stream: 1,
          payload: WireFrame.word(1) + [15] + HeaderBlock.request("GET", "/"))
      ], .streamError(1, ErrorCode.protocolError)),
    FrameCase(
      "5.3 PRIORITY that depends on itself", [.get(1), .priority(1, dependsOn: 1)],
      .streamError(1, ErrorCode.protocolError)),
  ]

  static let dataAndHeaders: [FrameCase] = [
    FrameCase("6.1 DATA on stream 0", [.data(0, "x")], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.1 DATA with too much padding",
      [.post(1), WireFrame(type: 0, flags: 9, stream: 1, payload: [6, 1, 2, 3, 4, 5])],
      .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.2 HEADERS on stream 0", [.get(0)], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.2 HEADERS with too much padding",
      [WireFrame(type: 1, flags: 13, stream: 1, payload: [200] + HeaderBlock.request("GET", "/"))],
      .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.3 PRIORITY on stream 0", [.priority(0)], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.3 PRIORITY of four octets",
      [.get(1), WireFrame(type: 2, stream: 1, payload: [0, 0, 0, 0])],
      .streamError(1, ErrorCode.frameSize)),
    FrameCase(
      "6.10 CONTINUATION on stream 0",
      [
        .headers(1, HeaderBlock.request("GET", "/"), endHeaders: false),
        .continuation(0, HeaderBlock.lines([("x", "y")])),
      ], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.10 CONTINUATION after the section's end",
      [.post(1), .continuation(1, HeaderBlock.lines([("x", "y")]))],
      .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.10 CONTINUATION after CONTINUATION with END_HEADERS",
      [
        .headers(1, HeaderBlock.request("GET", "/"), endStream: false, endHeaders: false),
        .continuation(1, HeaderBlock.lines([("x", "y")])),
        .continuation(1, HeaderBlock.lines([("z", "y")])),
      ], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.10 CONTINUATION after DATA",
      [
        .post(1), .data(1, "x", endStream: false),
        .continuation(1, HeaderBlock.lines([("x", "y")])),
      ], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.10 CONTINUATION and then DATA",
      [
        .headers(1, HeaderBlock.request("GET", "/"), endHeaders: false),
        .continuation(1, HeaderBlock.lines([("x", "y")]), endHeaders: false), .data(1, "x"),
      ], .connectionError(ErrorCode.protocolError)),
  ]

  static let controlFrames: [FrameCase] = [
    FrameCase("6.4 RST_STREAM on stream 0", [.reset(0)], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.4 RST_STREAM of three octets",
      [.post(1), WireFrame(type: 3, stream: 1, payload: [0, 0, 0])],
      .connectionError(ErrorCode.frameSize)),
    FrameCase(
      "6.5 SETTINGS acknowledgement with content",
      [WireFrame(type: 4, flags: 1, payload: [0])], .connectionError(ErrorCode.frameSize)),
    FrameCase(
      "6.5 SETTINGS on a stream",
      [WireFrame(type: 4, stream: 1)], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.5 SETTINGS of three octets",
      [WireFrame(type: 4, payload: [0, 3, 0])], .connectionError(ErrorCode.frameSize)),
    FrameCase(
      "6.5.2 ENABLE_PUSH of 2", [.settings([(2, 2)])], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.5.2 INITIAL_WINDOW_SIZE too large", [.settings([(4, 1 << 31)])],
      .connectionError(ErrorCode.flowControl)),
    FrameCase(
      "6.5.2 MAX_FRAME_SIZE too small", [.settings([(5, 16383)])],
      .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.5.2 MAX_FRAME_SIZE too large", [.settings([(5, 1 << 24)])],
      .connectionError(ErrorCode.protocolError)),
    FrameCase("6.5.2 unknown setting", [.settings([(0xFF, 1)])], .tolerated),
    FrameCase("6.7 PING", [.ping()], .tolerated),
    FrameCase("6.7 PING acknowledgement", [.ping("unasked!", acknowledges: true)], .tolerated),
    FrameCase(
      "6.7 PING on a stream", [WireFrame(type: 6, stream: 1, payload: Array("12345678".utf8))],
      .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.7 PING of six octets", [WireFrame(type: 6, payload: Array("123456".utf8))],
      .connectionError(ErrorCode.frameSize)),
    FrameCase(
      "6.8 GOAWAY on a stream", [.goAway(stream: 1)], .connectionError(ErrorCode.protocolError)),
    FrameCase("7 GOAWAY with an unknown code", [.goAway(code: 0xFF)], .ended),
    FrameCase(
      "8.4 PUSH_PROMISE",
      [
        WireFrame(
          type: 5, flags: 4, stream: 1,
          payload: WireFrame.word(3) + HeaderBlock.request("GET", "/"))
      ], .connectionError(ErrorCode.protocolError)),
  ]

  static let flowControl: [FrameCase] = [
    FrameCase(
      "6.9 WINDOW_UPDATE of zero", [.window(0, 0)], .connectionError(ErrorCode.protocolError)),
    FrameCase(
      "6.9 WINDOW_UPDATE of zero on a stream", [.post(1), .window(1, 0)],
      .streamError(1, ErrorCode.protocolError)),
    FrameCase(
      "6.9 WINDOW_UPDATE of three octets",
      [WireFrame(type: 8, payload: [0, 0, 1])], .connectionError(ErrorCode.frameSize)),
    FrameCase(
      "6.9.1 a connection window above 2^31-1", [.window(0, 1 << 31 - 1), .window(0, 1 << 31 - 1)],
      .connectionError(ErrorCode.flowControl)),
    FrameCase(
      "6.9.1 a stream window above 2^31-1",
      [.post(1), .window(1, 1 << 31 - 1), .window(1, 1 << 31 - 1)],
      .streamError(1, ErrorCode.flowControl)),
    // nghttp2 resets the streams concerned, where §6.9.2 would end the connection.
    FrameCase(
      "6.9.2 an initial window that makes a stream's too large",
      [.post(1), .window(1, 1 << 31 - 65536), .settings([(4, 1 << 31 - 1)])],
      .streamError(1, ErrorCode.flowControl)),
  ]
}
