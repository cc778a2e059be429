import HTTPEngine
import Telemetry
internal import TensorCoding

/// `GET` and `PUT /v1/admin/log-level`: what is logged, changed while the service runs.
final class LogLevelRoute: Sendable {
  private let sink: AdjustableLogSink
  private let log: ServiceLog

  init(sink: AdjustableLogSink, log: ServiceLog) {
    self.sink = sink
    self.log = log
  }

  /// Answers with the level in force, after it was changed if that is what the request asks for.
  ///
  /// - Parameter request: The complete request; its body is small.
  /// - Returns: The answer without the fields that all answers have.
  /// - Throws: 400, 415 or 422 for a body that names no level.
  func answer(_ request: borrowing Request) throws(ServiceProblem) -> Response {
    if request.head.method == .put {
      let level = try Self.level(in: request)
      sink.setMinimumLevel(level)
      log.levelChanged(level)
    }
    var body = AnswerObject()
    body.append("level", .string(sink.minimumLevel.rawValue))
    return Response(
      fields: ["Content-Type": MessageEncoding.json.mediaType],
      body: .bytes(try AnswerEncoder.json(body)))
  }

  private static func level(in request: borrowing Request) throws(ServiceProblem) -> LogLevel {
    var fields = try FieldReader(ofJSON: request)
    let name = try fields.string("level")
    try fields.finish()
    guard let level = name.flatMap(LogLevel.init) else {
      let names = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
      throw .field(.root.appending("level"), "must be one of \(names)")
    }
    return level
  }
}
