import PruningService

/// Messages whose framing is wrong or odd (RFC 9112): refused before anything else is read.
enum FramingRows {
  private static let prune =
    "POST /v1/prune HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

  static let all = heads + fields + lengths + codings + chunks + limits

  private static let heads: [HostileRow] = [
    .raw("text that is no HTTP", "nonsense\r\n\r\n", .problem(.malformedMessage)).closing(),
    .bytes("a TLS hello on a plain port", "16 03 01 …", .problem(.malformedMessage)) {
      [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03]
    }.closing(),
    .raw(
      "half of the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nGET", .problem(.unsupportedVersion)
    ).closing(),
    .raw(
      "a request of HTTP/0.9", "GET /\r\n\r\n", .problem(.malformedMessage)
    ).closing(),
    .raw(
      "a version that does not exist", "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
      .problem(.unsupportedVersion)
    ).closing(),
    .raw(
      "a version in small letters", "GET / http/1.1\r\nHost: x\r\n\r\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "two spaces in a request line", "GET  /livez HTTP/1.1\r\nHost: x\r\n\r\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "a space inside a target", "GET /li vez HTTP/1.1\r\nHost: x\r\n\r\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "a line feed without a carriage return", "GET /livez HTTP/1.1\nHost: x\n\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "one empty line before a request is overlooked", "\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
      .success),
    .raw(
      "two empty lines before a request", "\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "garbage behind a good request", "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n\u{1}\u{2}\u{3}\r\n",
      .success, .problem(.malformedMessage)
    ).closing(),
    .raw(
      "a request hidden behind a body that has ended",
      "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nabGET /info HTTP/1.1\r\nHost: x\r\n\r\n",
      .success, .success),
  ]

  private static let fields: [HostileRow] = [
    .raw("no Host", "GET /livez HTTP/1.1\r\n\r\n", .problem(.malformedMessage)).closing(),
    .raw(
      "two Hosts", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .problem(.malformedMessage)
    ).closing(),
    .raw("a Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .problem(.malformedMessage))
      .closing(),
    .raw("a Host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", .problem(.malformedMessage))
      .closing(),
    .raw(
      "a Host with a port above 65535", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "a folded field", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "a space before a colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", .problem(.malformedMessage)
    ).closing(),
    .raw(
      "a field without a name", "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "a field without a colon", "GET / HTTP/1.1\r\nHost: x\r\nnothing\r\n\r\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "NUL in a field", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "a carriage return in a field", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "an expectation that nobody can meet", "GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n",
      .problem(.expectationFailed)
    ).closing(),
  ]

  private static func length(_ rule: String, _ value: String) -> HostileRow {
    .raw(rule, prune + "Content-Length: \(value)\r\n\r\n", .problem(.malformedMessage)).closing()
  }

  private static let lengths: [HostileRow] = [
    length("a length with a sign", "+5"),
    length("a negative length", "-1"),
    length("a length in hexadecimal digits", "0x10"),
    length("an empty length", ""),
    length("a list of equal lengths", "5, 5"),
    length("a length above 63 bits", "9223372036854775808"),
    .raw(
      "two lengths", prune + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "a length and chunks",
      prune + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "chunks and a length",
      prune + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      .problem(.malformedMessage)
    ).closing(),
    .raw(
      "a body that ends early", prune + "Content-Length: 50\r\n\r\n{\"strategy\":"
    ).finishing().closing(),
    .raw(
      "a head that ends early", "POST /v1/prune HTTP/1.1\r\nHost: x\r\nContent-Ty"
    ).finishing().closing(),
    .raw(
      "400 MiB announced and nothing behind",
      "POST /v1/prune HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.safetensors\r\n"
        + "Content-Length: 419430400\r\n\r\n"
    ).finishing().closing(),
  ]

  private static func coding(
    _ rule: String, _ value: String, _ answer: HostileRow.Answer
  ) -> HostileRow {
    .raw(rule, prune + "Transfer-Encoding: \(value)\r\n\r\n0\r\n\r\n", answer).closing()
  }

  private static let codings: [HostileRow] = [
    coding("a coding before chunked", "gzip, chunked", .problem(.unsupportedTransferCoding)),
    coding("a coding after chunked", "chunked, gzip", .problem(.malformedMessage)),
    coding("chunked twice", "chunked, chunked", .problem(.malformedMessage)),
    coding("an unknown coding", "xchunked", .problem(.unsupportedTransferCoding)),
    coding("the coding that was abolished", "identity", .problem(.unsupportedTransferCoding)),
    coding("a coding that is no word", "\"chunked\"", .problem(.malformedMessage)),
    .raw(
      "chunks in HTTP/1.0",
      "POST /v1/prune HTTP/1.0\r\nContent-Type: application/json\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .problem(.malformedMessage)
    ).closing(),
  ]

  private static func chunk(_ rule: String, _ body: String) -> HostileRow {
    .raw(rule, Wire.chunked + body, .problem(.malformedMessage)).closing()
  }

  private static let chunks: [HostileRow] = [
    chunk("a chunk size that is no number", "xyz\r\n"),
    chunk("a negative chunk size", "-1\r\n"),
    chunk("a chunk size with a prefix", "0x5\r\n"),
    chunk("a chunk size above 63 bits", "fffffffffffffffff\r\n"),
    chunk("an empty chunk size", "\r\n"),
    chunk("a space before a chunk size", " 5\r\nhello\r\n"),
    chunk("a bare line feed behind a chunk size", "5\nhello\r\n"),
    chunk("a chunk that is longer than its size", "2\r\nhello\r\n"),
    chunk("a chunk extension with control characters", "5;\u{1}\r\nhello\r\n"),
    chunk("endless chunk extensions", "5;" + String(repeating: "a", count: 5000) + "\r\n"),
    chunk(
      "endless trailers",
      "0\r\n" + String(repeating: "T: \(String(repeating: "v", count: 90))\r\n", count: 100)),
    .bytes(
      "a chunk above the body limit", Wire.chunked + "7fffffff\r\n", .problem(.contentTooLarge)
    ) { Array((Wire.chunked + "7fffffff\r\n").utf8) }.closing(),
    .bytes("a body in chunks of one byte is a body", "{$STRATEGY,$BATCH} in chunks", .success) {
      Array(Wire.singly(Abbreviations.expand("{$STRATEGY,$BATCH}")).utf8)
    },
    .raw(
      "a trailer that would change the length",
      Wire.chunked + "2\r\n{}\r\n0\r\nContent-Length: 7\r\n\r\n", .problem(.malformedMessage)
    ).closing(),
    .raw("chunks that never end", Wire.chunked + "5\r\nhello\r\n").finishing().closing(),
  ]

  private static let limits: [HostileRow] = [
    .bytes(
      "a target above its limit", "GET /aaaa… (20000 bytes)", .problem(.targetTooLong)
    ) {
      Array("GET /\(String(repeating: "a", count: 20_000)) HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
    }.closing(),
    .bytes(
      "a field above the limit of all fields", "A: aaaa… (70000 bytes)", .problem(.fieldsTooLarge)
    ) {
      Array("GET / HTTP/1.1\r\nHost: x\r\nA: \(String(repeating: "a", count: 70_000))\r\n\r\n".utf8)
    }.closing(),
    .bytes("too many fields", "A: b, 5000 times", .problem(.fieldsTooLarge)) {
      Array(
        "GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "A: b\r\n", count: 5000))\r\n".utf8)
    }.closing(),
    .bytes(
      "a field name without an end", "aaaa… (70000 bytes)", .problem(.fieldsTooLarge)
    ) {
      Array("GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "a", count: 70_000))".utf8)
    }.closing(),
    .raw(
      "a terabyte announced",
      Wire.head(
        "POST /v1/prune",
        ["Content-Type: application/vnd.safetensors", "Content-Length: 1099511627776"]),
      .problem(.contentTooLarge)
    ).closing(),
    .raw(
      "a terabyte announced, with a question first",
      Wire.head(
        "POST /v1/prune",
        [
          "Content-Type: application/vnd.safetensors", "Content-Length: 1099511627776",
          "Expect: 100-continue",
        ]), .problem(.contentTooLarge)
    ).closing(),
    .raw("a head that stops", "GET /livez HTTP/1.1\r\nHo", .problem(.requestTimeout)).closing(),
    .raw(
      "a body that stops", prune + "Content-Length: 50\r\n\r\n{\"strategy\":",
      .problem(.requestTimeout)
    ).closing(),
    .raw("a chunk that stops", Wire.chunked + "5\r\nhe", .problem(.requestTimeout)).closing(),
    .raw("a connection without a word", "").closing(),
  ]
}
