import Testing

@testable import Telemetry

struct LogFormatterTests {
  private let instant: Int64 = 1_709_164_800_250_999_999

  @Test func `writes a JSON object per line`() {
    let record = LogRecord(
      at: instant, .info, "request served",
      [
        "http.route": "/v1/prune", "http.response.status_code": 200,
        "duration.queue_seconds": 0.25, "tls": false,
      ])
    #expect(
      json(record)
        == #"{"time":"2024-02-29T00:00:00.250Z","level":"info","message":"request served","#
        + #""http.route":"/v1/prune","http.response.status_code":200,"#
        + #""duration.queue_seconds":0.25,"tls":false}"# + "\n")
  }

  @Test func `writes key=value pairs`() {
    let record = LogRecord(
      at: instant, .warning, "degraded",
      ["a": "plain", "b": "two words", "c": "", "d": "x=y", "e": "q\"", "f": -3, "g": 1.5])
    #expect(
      keyValue(record)
        == #"time=2024-02-29T00:00:00.250Z level=warning message=degraded a=plain "#
        + #"b="two words" c="" d="x=y" e="q\"" f=-3 g=1.5"# + "\n")
  }

  @Test(
    arguments: [
      ("a\"b\\c", #"a\"b\\c"#), ("a\nb\r\tc", #"a\nb\r\tc"#), ("\0\u{1B}", #"\u0000\u001b"#),
      ("\u{7F}\u{85}", #"\u007f\u0085"#), ("\u{2028}", #"\u2028"#), ("é 🎉", "é 🎉"),
    ])
  func `escapes what could forge or break a line`(text: String, escaped: String) {
    let record = LogRecord(at: 0, .error, "x", ["k": .string(text)])
    #expect(json(record).contains("\"k\":\"\(escaped)\"}"))
    #expect(keyValue(record).contains("k=\"\(escaped)\"\n"))
    #expect(keyValue(record).filter { $0 == "\n" }.count == 1)
  }

  @Test func `cuts long values at a character`() {
    let record = LogRecord(at: 0, .error, "x", ["k": .string(String(repeating: "é", count: 400))])
    let expected = String(repeating: "é", count: 256) + "…"
    #expect(json(record).contains("\"k\":\"\(expected)\"}"))
  }

  @Test func `JSON has no infinities`() {
    let record = LogRecord(at: 0, .error, "x", ["a": .number(.infinity), "b": .number(.nan)])
    #expect(json(record).hasSuffix(#""a":"inf","b":"nan"}"# + "\n"))
  }

  @Test func `takes collected fields`() {
    let record = LogRecord(at: 0, .debug, "x", fields: [(key: "a", value: .integer(.min))])
    #expect(json(record).hasSuffix("\"a\":-9223372036854775808}\n"))
  }

  @Test func `levels ascend`() {
    #expect(LogLevel.allCases == LogLevel.allCases.sorted())
    #expect(LogLevel(rawValue: "notice") == .notice)
    #expect(LogLevel.info < .warning)
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-5, "1970-01-01T00:00:00.000Z"),
      (951_782_400_001_000_000, "2000-02-29T00:00:00.001Z"),
      (4_107_542_399_999_999_999, "2100-02-28T23:59:59.999Z"),
      (.max, "2262-04-11T23:47:16.854Z"),
    ] as [(Int64, String)])
  func `formats timestamps`(unixNanoseconds: Int64, text: String) {
    #expect(Timestamp(unixNanoseconds: unixNanoseconds).text == text)
  }

  private func json(_ record: LogRecord) -> String {
    var line: [UInt8] = []
    JSONLineFormatter().append(record, to: &line)
    return String(decoding: line, as: UTF8.self)
  }

  private func keyValue(_ record: LogRecord) -> String {
    var line: [UInt8] = []
    KeyValueFormatter().append(record, to: &line)
    return String(decoding: line, as: UTF8.self)
  }
}
