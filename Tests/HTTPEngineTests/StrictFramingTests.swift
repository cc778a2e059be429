import Testing

/// Messages that the grammar allows, or nearly, and that two readers could take for different ones.
@Suite struct StrictFramingTests {
  private static let host = "Host: a.example\r\n"

  private static func post(_ fields: String, _ body: String = "") -> String {
    "POST / HTTP/1.1\r\n\(host)\(fields)\r\n\r\n\(body)"
  }

  private static func get(_ target: String) -> String { "GET \(target) HTTP/1.1\r\n\(host)\r\n" }

  private static func trailer(_ line: String) -> String {
    post("Transfer-Encoding: chunked", "2\r\nab\r\n0\r\n\(line)\r\n\r\n")
  }

  /// RFC 9112 §3: 414 needs a target that is too long; without one the line is not valid.
  static let longLines: [WireCase] = [
    .refused("a limit of letters", String(repeating: "A", count: 8193)),
    .refused("a limit of letters after an empty line", "\r\n" + letters(8193)),
    .refused("a method that fits", letters(8000) + " / HTTP/1.1\r\n\(host)\r\n", 501),
    .refused("a space as the last byte", letters(8191) + " /", 414),
  ]

  private static func letters(_ count: Int) -> String { String(repeating: "A", count: count) }

  /// RFC 9112 §11.2: numbers that some readers take for octal.
  static let zeros: [WireCase] = [
    .accepted("zero", post("Content-Length: 0")),
    .accepted("zero within", post("Content-Length: 10", "0123456789")),
    .refused("two zeros", post("Content-Length: 00")),
    .refused("zero before", post("Content-Length: 05", "hello")),
    .refused("octal", post("Content-Length: 0200", letters(200))),
    .accepted("spaces around", post("Content-Length: \t 5  ", "hello")),
  ]

  /// RFC 3875 §4.1.18: gateways that map "-" and "_" to one name.
  static let disguises: [WireCase] = [
    .refused("Content_Length", post("Content-Length: 2\r\nContent_Length: 9", "ab")),
    .refused("content_length alone", post("content_length: 2")),
    .refused("Transfer_Encoding", post("Transfer_Encoding: chunked\r\nContent-Length: 2", "ab")),
    .accepted("other underscores", post("X_Length: 2\r\nTransferEncoding: x")),
  ]

  /// RFC 9110 §5.3: a field that is no list occurs once.
  static let repeats: [WireCase] = [
    .accepted("one Content-Type", post("Content-Type: text/plain")),
    .refused("two Content-Types", post("Content-Type: text/plain\r\nContent-Type: text/html")),
    .refused("two equal Content-Types", post("Content-Type: a/b\r\ncontent-type: a/b")),
  ]

  /// RFC 9110 §6.5.1: what must be known before the content cannot come after it.
  static let trailers: [WireCase] =
    [
      "Content-Length: 50", "Transfer-Encoding: chunked", "Host: b.example", "Connection: close",
      "Authorization: Bearer x", "Content-Type: text/html", "Content-Encoding: gzip",
      "content_length: 3", "Trailer: X", "Expect: 100-continue",
    ].map { .refused($0, trailer($0)) } + [
      .accepted("a checksum", trailer("X-Checksum: 1")),
      .accepted("an empty value", trailer("X-Checksum:")),
    ]

  /// RFC 3986 §7.3: control characters that a path hides in escapes.
  static let escapes: [WireCase] =
    ["%00", "%0d%0aX:%20y", "%1F", "%1f", "%7f", "%7F", "%09"].map {
      .refused("path \($0)", get("/a\($0)b"))
    } + [
      .refused("absolute form", get("http://a.example/%00")),
      .accepted("space", get("/a%20b")),
      .accepted("high byte", get("/%C3%A9")),
      .accepted("tilde", get("/%7e")),
      .accepted("line feed in the query", get("/?a=%0A%00")),
    ]

  /// RFC 9110 §10.1.1: 100 (Continue) is for clients that wait.
  static let expectations: [WireCase] = [
    .accepted("body in the same piece", post("Expect: 100-continue\r\nContent-Length: 2", "ab")),
    .accepted(
      "first chunk in the same piece",
      post("Expect: 100-continue\r\nTransfer-Encoding: chunked", "2\r\nab\r\n0\r\n\r\n")),
  ]

  static let inPieces = zeros + disguises + repeats + trailers + escapes

  @Test(arguments: longLines + inPieces + expectations)
  func `refuses what could be read in two ways`(_ wire: WireCase) throws {
    try wire.check(on: TestServer(), inOnePiece: true)
  }

  @Test(arguments: inPieces)
  func `decides the same when bytes come one by one`(_ wire: WireCase) throws {
    try wire.check(on: TestServer(), inOnePiece: false)
  }

  @Test func `sends 100 to a client that waits`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send(Self.post("Expect: 100-continue\r\nContent-Length: 2"))
    #expect(client.readResponse()?.status == 100)
    client.send("ab")
    #expect(client.readResponse()?.text == "POST / ab")
  }

  @Test func `answers a broken HEAD request without content`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send("\r\nHEAD / HTTP/1.1\r\n\r\n")
    let answer = client.readToEnd().text
    #expect(answer.hasPrefix("HTTP/1.1 400 "))
    #expect(answer.hasSuffix("\r\n\r\n"))
  }
}
