import PruningService
import Testing

/// One rule of the table: what a client sends and what has to come back.
struct HostileRow: Sendable, CustomTestStringConvertible {
  /// One answer of the service.
  struct Answer: Sendable, Equatable {
    let status: Int
    /// The problem's type; nil where the answer is no problem document.
    let type: ProblemType?
    /// Where the first fault sits; nil where nothing is pointed at.
    let pointer: String?

    /// A problem with the status of its type.
    static func problem(_ type: ProblemType, _ pointer: String? = nil) -> Answer {
      Answer(status: type.status, type: type, pointer: pointer)
    }

    /// An answer that is no problem.
    static func status(_ status: Int) -> Answer {
      Answer(status: status, type: nil, pointer: nil)
    }

    static let success = Answer.status(200)
  }

  /// How the client behaves after it has sent everything.
  enum Manner: String, Sendable {
    case waits
    /// It says that nothing more will come.
    case finishes
  }

  /// The rule, as a sentence.
  let rule: String
  /// The request for people: text with the abbreviations of the table.
  let shown: String
  /// The request's bytes.
  let bytes: @Sendable () -> [UInt8]
  /// The answers in order; none where the service has to close without one.
  let answers: [Answer]
  var manner = Manner.waits
  /// Whether the connection has to be closed after the last answer, or has to stay open.
  var closes = false
  /// Whether the first answer belongs to HEAD and has no content.
  var isHead = false

  var testDescription: String { rule }

  /// The same row with another behaviour of the client.
  func finishing() -> HostileRow {
    var row = self
    row.manner = .finishes
    return row
  }

  /// The same row, with the connection's end demanded.
  func closing() -> HostileRow {
    var row = self
    row.closes = true
    return row
  }
}

extension HostileRow {
  /// Bytes as they are.
  static func raw(_ rule: String, _ text: String, _ answers: Answer...) -> HostileRow {
    HostileRow(rule: rule, shown: text, bytes: { Array(text.utf8) }, answers: answers)
  }

  /// Bytes that text cannot hold, or that are too many to show.
  static func bytes(
    _ rule: String, _ shown: String, _ answers: Answer..., bytes: @escaping @Sendable () -> [UInt8]
  ) -> HostileRow {
    HostileRow(rule: rule, shown: shown, bytes: bytes, answers: answers)
  }

  /// A request without a body; `line` is its method and target.
  static func get(
    _ rule: String, _ line: String, _ fields: [String] = [], _ answers: Answer...
  ) -> HostileRow {
    let text = Wire.head(line, fields)
    var row = HostileRow(rule: rule, shown: text, bytes: { Array(text.utf8) }, answers: answers)
    row.isHead = line.hasPrefix("HEAD ")
    return row
  }

  /// A JSON body for a route; the abbreviations are written out.
  static func json(
    _ rule: String, _ path: String, _ body: String, _ answer: Answer
  ) -> HostileRow {
    HostileRow(
      rule: rule, shown: "\(path) \(body)",
      bytes: { Wire.post(path, "application/json", Array(Abbreviations.expand(body).utf8)) },
      answers: [answer])
  }

  /// A JSON body for `POST /v1/prune`.
  static func prune(_ rule: String, _ body: String, _ answer: Answer) -> HostileRow {
    json(rule, "/v1/prune", body, answer)
  }

  /// A safetensors body for `POST /v1/prune`; the header gets no padding, the data are zero bytes.
  static func file(
    _ rule: String, _ header: String, data: Int = 0, _ answer: Answer
  ) -> HostileRow {
    HostileRow(
      rule: rule, shown: "/v1/prune header \(header), \(data) bytes of data",
      bytes: {
        let text = Array(Abbreviations.expand(header).utf8)
        let body =
          Wire.littleEndian(UInt64(text.count)) + text + [UInt8](repeating: 0, count: data)
        return Wire.post("/v1/prune", "application/vnd.safetensors", body)
      }, answers: [answer])
  }
}
