extension FrameCase {
  private static func malformed(_ name: String, _ lines: [(String, String)]) -> FrameCase {
    FrameCase(
      name, [.headers(1, HeaderBlock.lines(lines))], .streamError(1, ErrorCode.protocolError))
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
      .streamError(1, ErrorCode.protocolError)),
    FrameCase(
      "8.1 a pseudo-field in trailers",
      [
        .post(1), .data(1, "x", endStream: false), .headers(1, HeaderBlock.lines([(":path", "/")])),
      ],
      .streamError(1, ErrorCode.protocolError)),
    FrameCase(
      "8.1.1 less content than declared",
      [.post(1, "/", [("content-length", "2")]), .data(1, "x")],
      .streamError(1, ErrorCode.protocolError)),
    FrameCase(
      "8.1.1 more content than declared in two frames",
      [
        .post(1, "/", [("content-length", "3")]), .data(1, "xy", endStream: false),
        .data(1, "xy"),
      ], .streamError(1, ErrorCode.protocolError)),
    FrameCase(
      "8.1.1 no content where some is declared", [.get(1, "/", [("content-length", "1")])],
      .streamError(1, ErrorCode.protocolError)),
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
      .connectionError(ErrorCode.compression))
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
      .connectionError(ErrorCode.compression)),
    FrameCase(
      "4.3 a truncated section",
      [.headers(1, HeaderBlock.request("GET", "/") + [0x00, 0x05, 0x61])],
      .connectionError(ErrorCode.compression)),
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
