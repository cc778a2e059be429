import PruningService
import TestSupport

/// Bodies with content codings.
enum ContentCodingRows {
  static let all = names + streams + bombs + answers

  private static let json = Array(Abbreviations.expand("{$STRATEGY,$BATCH}").utf8)

  /// A body for `POST /v1/prune` whose coding is named by the fields.
  private static func coded(
    _ rule: String, _ shown: String, _ fields: [String], _ answer: HostileRow.Answer,
    type: String = "application/json", _ body: @escaping @Sendable () -> [UInt8]
  ) -> HostileRow {
    let named = fields.joined(separator: ", ")
    return .bytes(rule, "/v1/prune \(named): \(shown)", answer) {
      let body = body()
      let all = fields + ["Content-Type: \(type)", "Content-Length: \(body.count)"]
      return Array(Wire.head("POST /v1/prune", all).utf8) + body
    }
  }

  private static func gzip(
    _ rule: String, _ shown: String, _ answer: HostileRow.Answer,
    _ body: @escaping @Sendable () -> [UInt8]
  ) -> HostileRow {
    coded(rule, shown, ["Content-Encoding: gzip"], answer, body)
  }

  private static let names: [HostileRow] = [
    gzip("gzip is undone", "a request in gzip", .success) { CodedContent.gzip(json) },
    coded(
      "gzip has another name", "a request in gzip", ["Content-Encoding: X-Gzip"], .success
    ) { CodedContent.gzip(json) },
    coded(
      "deflate is undone", "a request in zlib's format", ["Content-Encoding: deflate"], .success
    ) { CodedContent.deflate(json) },
    coded(
      "deflate without its wrapper is undone", "a request in raw deflate",
      ["Content-Encoding: deflate"], .success
    ) { CodedContent.rawDeflate(json) },
    coded(
      "gzip in chunks is undone", "a request in gzip, chunked", ["Content-Encoding: gzip"], .success
    ) { CodedContent.gzip(json) }.chunked(),
    coded(
      "a coding that is not spoken", "a request", ["Content-Encoding: br"],
      .problem(.unsupportedMediaType)
    ) { json },
    coded(
      "two codings in one field", "a request in gzip, twice", ["Content-Encoding: gzip, gzip"],
      .problem(.unsupportedMediaType)
    ) { CodedContent.gzip(CodedContent.gzip(json)) },
    coded(
      "two codings in two fields", "a request in gzip in deflate",
      ["Content-Encoding: deflate", "Content-Encoding: gzip"], .problem(.unsupportedMediaType)
    ) { CodedContent.gzip(CodedContent.deflate(json)) },
    gzip("gzip inside gzip of which one is named", "gzip in gzip", .problem(.malformedBody)) {
      CodedContent.gzip(CodedContent.gzip(json))
    },
  ]

  private static let streams: [HostileRow] = [
    gzip("gzip that is none", "a request as it is", .problem(.malformedBody)) { json },
    gzip("gzip of no bytes", "nothing", .problem(.malformedBody)) { [] },
    gzip("gzip that ends early", "all but the last byte", .problem(.malformedBody)) {
      CodedContent.gzip(json).dropLast()
    },
    gzip("gzip with a wrong checksum", "one bit changed", .problem(.malformedBody)) {
      var body = CodedContent.gzip(json)
      body[body.count - 8] ^= 1
      return body
    },
    gzip("gzip that claims a length of 4 GiB", "its last four bytes FF", .problem(.malformedBody)) {
      CodedContent.gzip(json).dropLast(4) + [255, 255, 255, 255]
    },
    gzip("bytes after gzip", "a request in gzip and a zero", .problem(.malformedBody)) {
      CodedContent.gzip(json) + [0]
    },
    coded(
      "deflate with a dictionary", "its header names one", ["Content-Encoding: deflate"],
      .problem(.malformedBody)
    ) { CodedContent.deflate(json, dictionary: Array("strategy".utf8)) },
    gzip("gzip in two members is one body", "half a request in each", .success) {
      CodedContent.gzip(Array(json.prefix(30))) + CodedContent.gzip(Array(json.dropFirst(30)))
    },
  ]

  /// The request, and then spaces that compress 1000 to 1.
  private static func padded(_ count: Int) -> [UInt8] {
    CodedContent.gzip(json + [UInt8](repeating: 0x20, count: count))
  }

  /// A MiB of which so much is noise that it compresses about 100 to 1.
  private static func proportionate() -> [UInt8] {
    var generator = SeededGenerator(seed: 1)
    let noise = (0..<16_384).map { _ in UInt8(truncatingIfNeeded: generator.next() & 0x0F) }
    return CodedContent.gzip(noise + [UInt8](repeating: 0x20, count: (1 << 20) - noise.count))
  }

  private static let bombs: [HostileRow] = [
    gzip("a body that stands for 200 times as much", "gzip of 32 MiB", .problem(.contentTooLarge)) {
      padded(32 << 20)
    },
    gzip(
      "a body that stands for more than the limit", "65 members of gzip of 1 MiB each",
      .problem(.contentTooLarge)
    ) { Array(repeatElement(proportionate(), count: 65).joined()) },
    coded(
      "tensors of zeros in a bomb", "gzip of 300 MiB", ["Content-Encoding: gzip"],
      .problem(.contentTooLarge), type: "application/vnd.safetensors"
    ) { CodedContent.gzip([UInt8](repeating: 0, count: 300 << 20)) },
    gzip("a hundred thousand members of nothing", "2 MB of gzip", .problem(.malformedBody)) {
      Array(repeatElement(CodedContent.gzip([]), count: 100_000).joined())
    },
    gzip("much in little is well if it is short", "gzip of 1 MiB less 1 KiB", .success) {
      padded((1 << 20) - 1024)
    },
  ]

  private static let answers: [HostileRow] = [
    coded(
      "no coding at all is acceptable", "a request", ["Accept-Encoding: *;q=0"], .success
    ) { json },
    coded(
      "a coding with a weight that is none", "a request", ["Accept-Encoding: gzip;q=x, ,;q=1"],
      .success
    ) { json },
  ]
}

extension HostileRow {
  /// The same request with its body in one chunk.
  fileprivate func chunked() -> HostileRow {
    let whole = bytes
    return HostileRow(
      rule: rule, shown: shown,
      bytes: {
        let end = Array("\r\n\r\n".utf8)
        let bytes = whole()
        let split = bytes.indices.first { bytes[$0...].starts(with: end) } ?? 0
        let head = String(decoding: bytes[..<split], as: UTF8.self)
        let fields = head.split(separator: "\r\n").filter { !$0.hasPrefix("Content-Length") }
        let body = bytes[(split + 4)...]
        let text = (fields + ["Transfer-Encoding: chunked"]).joined(separator: "\r\n")
        return Array((text + "\r\n\r\n" + String(body.count, radix: 16) + "\r\n").utf8)
          + body + Array("\r\n0\r\n\r\n".utf8)
      }, answers: answers)
  }
}
