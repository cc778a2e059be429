import PruningService

/// Bodies that claim to be JSON (RFC 8259): 400 when they are not.
enum JSONRows {
  static let all = grammar + strings + sizes + tensors

  private static func malformed(
    _ rule: String, _ body: String, _ pointer: String? = nil
  ) -> HostileRow {
    .prune(rule, body, .problem(.malformedBody, pointer))
  }

  private static func bytes(
    _ rule: String, _ shown: String, _ answer: HostileRow.Answer,
    _ body: @escaping @Sendable () -> [UInt8]
  ) -> HostileRow {
    .bytes(rule, shown, answer) { Wire.post("/v1/prune", "application/json", body()) }
  }

  private static let grammar: [HostileRow] = [
    malformed("no body", ""),
    malformed("spaces", "   "),
    malformed("an object without an end", "{"),
    malformed(
      "an object that is cut off", #"{"strategy":{"stages":[{"layer":"#, "/strategy/stages/0/layer"),
    malformed("a comma before the end", "{$STRATEGY,$BATCH,}"),
    malformed("two documents", "{$STRATEGY,$BATCH}{}"),
    malformed("single quotes", "{'strategy':'a'}"),
    malformed("a comment", "{/* */}"),
    malformed("a name without quotes", "{strategy:1}"),
    malformed("the word NaN", #"{"text_tokens":NaN}"#, "/text_tokens"),
    malformed("the word Infinity", #"{"text_tokens":Infinity}"#, "/text_tokens"),
    malformed("a number with a leading zero", #"{"text_tokens":01}"#, "/text_tokens"),
    malformed("a number without digits", #"{"text_tokens":-}"#, "/text_tokens"),
    malformed("a number without a fraction", #"{"text_tokens":1.}"#, "/text_tokens"),
    malformed("a hexadecimal number", #"{"text_tokens":0x10}"#, "/text_tokens"),
    malformed("a number that does not fit", #"{"text_tokens":1e999}"#, "/text_tokens"),
    malformed("a word that is no value", #"{"partial":True}"#, "/partial"),
    malformed("a name twice", #"{"text_tokens":1,"text_tokens":2}"#, "/text_tokens"),
    malformed(
      "a name twice, written differently", #"{"text_tokens":1,"text\u005ftokens":2}"#,
      "/text_tokens"),
    malformed("a name twice, deep inside", #"{"items":[{"id":"a","id":"b"}]}"#, "/items/0/id"),
    .prune("a list in place of an object", "[]", .problem(.valueOutOfRange, "")),
    .prune("null in place of an object", "null", .problem(.valueOutOfRange, "")),
    .prune("an empty object", "{}", .problem(.valueOutOfRange, "/items")),
  ]

  private static let strings: [HostileRow] = [
    malformed("a string without an end", #"{"strategy":"a"#),
    malformed("an escape that does not exist", #"{"strategy":"\x41"}"#, "/strategy"),
    malformed("half of a surrogate pair", #"{"strategy":"\ud83d"}"#, "/strategy"),
    malformed("the wrong half of a surrogate pair", #"{"strategy":"\ude00\ud83d"}"#, "/strategy"),
    malformed("a line end inside a string", "{\"strategy\":\"a\nb\"}"),
    bytes("bytes that are not UTF-8", #"{"strategy":"FF"}"#, .problem(.malformedBody)) {
      Array(#"{"strategy":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
    },
    bytes(
      "a character in more bytes than it needs", #"{"strategy":"C0 AF"}"#,
      .problem(.malformedBody)
    ) { Array(#"{"strategy":""#.utf8) + [0xC0, 0xAF] + Array(#""}"#.utf8) },
    bytes("a byte order mark", "EF BB BF {}", .problem(.malformedBody)) {
      [0xEF, 0xBB, 0xBF, 0x7B, 0x7D]
    },
    bytes("UTF-16", "7B 00 7D 00", .problem(.malformedBody)) { [0x7B, 0, 0x7D, 0] },
    bytes("zero bytes", "00 00 00 00", .problem(.malformedBody)) { [0, 0, 0, 0] },
  ]

  /// The largest JSON body that the service under test takes.
  private static let bodyLimit = 64 << 20

  private static let sizes: [HostileRow] = [
    bytes("65 lists inside each other", "[[[… (65 deep)", .problem(.malformedBody, "/0/0/0/0/…")) {
      [UInt8](repeating: UInt8(ascii: "["), count: 65)
        + [UInt8](repeating: UInt8(ascii: "]"), count: 65)
    },
    bytes(
      "lists as deep as the body limit", "[[[… (67108864 bytes)",
      .problem(.malformedBody, "/0/0/0/0/…")
    ) {
      [UInt8](repeating: UInt8(ascii: "["), count: bodyLimit)
    },
    bytes(
      "objects as deep as the body limit", #"{"a":{"a":… (67108860 bytes)"#,
      .problem(.malformedBody, "/a/a/a/a/…")
    ) {
      let piece = Array(#"{"a":"#.utf8)
      return (0..<bodyLimit / 5).flatMap { _ in piece }
    },
    bytes(
      "more values than any request has", "[{},{},… (400000 values)",
      .problem(.contentTooLarge, "/262143")
    ) {
      Array("[{}".utf8) + (0..<400_000).flatMap { _ in Array(",{}".utf8) } + Array("]".utf8)
    },
    .bytes(
      "a billion lists inside each other", "[[[… (1000000000 bytes)", .problem(.contentTooLarge)
    ) {
      let head = Wire.head(
        "POST /v1/prune", ["Content-Type: application/json", "Content-Length: 1000000000"])
      return Array(head.utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
    }.closing(),
    bytes("spaces up to the body limit", "(67108864 spaces)", .problem(.malformedBody)) {
      [UInt8](repeating: 0x20, count: bodyLimit)
    },
    bytes(
      "a number of a million digits", #"{"text_tokens":111…}"#,
      .problem(.malformedBody, "/text_tokens")
    ) {
      Array(#"{"text_tokens":"#.utf8) + [UInt8](repeating: 0x31, count: 1 << 20) + [0x7D]
    },
    bytes("a name of a million letters", #"{"aaa…":1,…}"#, .problem(.valueOutOfRange, "/…")) {
      Array("{\"".utf8) + [UInt8](repeating: 0x61, count: 1 << 20) + Array("\":1}".utf8)
    },
  ]

  private static func tensor(
    _ rule: String, _ tensor: String, _ answer: HostileRow.Answer
  ) -> HostileRow {
    .prune(rule, "{$STRATEGY,\"importance\":\(tensor)}", answer)
  }

  private static let tensors: [HostileRow] = [
    tensor("a tensor that is a list", "[1,2,3,4]", .problem(.valueOutOfRange, "/importance")),
    tensor("a tensor that is null", "null", .problem(.valueOutOfRange, "/importance")),
    tensor(
      "a tensor without a dtype", #"{"shape":[1,4],"data":[1,2,3,4]}"#,
      .problem(.valueOutOfRange, "/importance/dtype")),
    tensor(
      "a tensor without data", #"{"dtype":"F32","shape":[1,4]}"#,
      .problem(.valueOutOfRange, "/importance/data")),
    tensor(
      "a tensor with data twice over",
      #"{"dtype":"F32","shape":[1],"data":[1],"base64":"AAAAAA=="}"#,
      .problem(.valueOutOfRange, "/importance/base64")),
    tensor(
      "a field that tensors do not have",
      #"{"dtype":"F32","shape":[1,4],"data":[1,2,3,4],"order":"C"}"#,
      .problem(.valueOutOfRange, "/importance/order")),
    tensor(
      "a dtype that is not read", #"{"dtype":"F64","shape":[1,4],"data":[1,2,3,4]}"#,
      .problem(.unsupportedDType, "/importance/dtype")),
    tensor(
      "a dtype that is a number", #"{"dtype":32,"shape":[1,4],"data":[1,2,3,4]}"#,
      .problem(.valueOutOfRange, "/importance/dtype")),
    tensor(
      "a negative dimension", #"{"dtype":"F32","shape":[1,-4],"data":[]}"#,
      .problem(.valueOutOfRange, "/importance/shape")),
    tensor(
      "a fractional dimension", #"{"dtype":"F32","shape":[1,4.5],"data":[1,2,3,4]}"#,
      .problem(.valueOutOfRange, "/importance/shape")),
    tensor(
      "a shape whose product overflows",
      #"{"dtype":"F32","shape":[4294967296,4294967296],"data":[1]}"#,
      .problem(.valueOutOfRange, "/importance/shape")),
    tensor(
      "a shape of 4 TiB", #"{"dtype":"F32","shape":[1048576,1048576],"data":[1]}"#,
      .problem(.shapeMismatch, "/importance/data")),
    tensor(
      "a shape of 4 TiB in base64",
      #"{"dtype":"F32","shape":[1048576,1048576],"base64":"AAAAAA=="}"#,
      .problem(.shapeMismatch, "/importance/base64")),
    tensor(
      "a shape with nine axes", #"{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data":[1]}"#,
      .problem(.valueOutOfRange, "/importance/shape")),
    tensor(
      "fewer numbers than promised", #"{"dtype":"F32","shape":[1,4],"data":[1,2,3]}"#,
      .problem(.shapeMismatch, "/importance/data")),
    tensor(
      "rows of different lengths", #"{"dtype":"F32","shape":[2,2],"data":[[1,2],[3]]}"#,
      .problem(.shapeMismatch, "/importance/data")),
    tensor(
      "rows in another shape", #"{"dtype":"F32","shape":[1,4],"data":[[1,2],[3,4]]}"#,
      .problem(.shapeMismatch, "/importance/data")),
    tensor(
      "a word among the numbers", #"{"dtype":"F32","shape":[1,4],"data":[1,"NaN",3,4]}"#,
      .problem(.valueOutOfRange, "/importance/data/1")),
    tensor(
      "a number that its dtype cannot hold", #"{"dtype":"F32","shape":[1,4],"data":[1,1e39,3,4]}"#,
      .problem(.malformedBody, "/importance/data")),
    tensor(
      "base64 without padding", #"{"dtype":"F32","shape":[1,1],"base64":"AAAAAA"}"#,
      .problem(.malformedBody, "/importance/base64")),
    tensor(
      "base64 with padding inside", #"{"dtype":"F32","shape":[1,1],"base64":"AA==AA=="}"#,
      .problem(.malformedBody, "/importance/base64")),
    tensor(
      "base64 of another alphabet", #"{"dtype":"F32","shape":[1,1],"base64":"AA-_AA=="}"#,
      .problem(.malformedBody, "/importance/base64")),
    tensor(
      "base64 with bits left over", #"{"dtype":"F32","shape":[1,1],"base64":"AAAAAB=="}"#,
      .problem(.malformedBody, "/importance/base64")),
    tensor(
      "base64 with line ends", #"{"dtype":"F32","shape":[1,1],"base64":"AAAA\nAA=="}"#,
      .problem(.malformedBody, "/importance/base64")),
    tensor(
      "NaN in base64", #"{"dtype":"F32","shape":[1,1],"base64":"AADAfw=="}"#,
      .problem(.nonFiniteValue, "/items/0/importance")),
    tensor(
      "an infinity in base64", #"{"dtype":"F32","shape":[1,1],"base64":"AACAfw=="}"#,
      .problem(.nonFiniteValue, "/items/0/importance")),
  ]
}
