/// A problem as a document of RFC 9457, `application/problem+json`.
public struct ProblemDetails: Sendable {
  /// The problem.
  public let problem: ServiceProblem
  /// The path that was asked for.
  public let instance: String?
  /// The request's identifier, as the `X-Request-Id` field of the answer.
  public let requestID: String?
  /// The identifier under which the log tells more; for faults of the server.
  public let errorID: String?

  /// Makes a document.
  public init(
    _ problem: ServiceProblem, instance: String? = nil, requestID: String? = nil,
    errorID: String? = nil
  ) {
    self.problem = problem
    self.instance = instance
    self.requestID = requestID
    self.errorID = errorID
  }

  /// The media type of the document.
  public static let mediaType = "application/problem+json"

  /// The document's bytes.
  public func encoded() -> [UInt8] {
    var object = AnswerObject(problem, instance: instance)
    object.append("request_id", requestID.map(AnswerValue.string))
    object.append("error_id", errorID.map(AnswerValue.string))
    do throws(ServiceProblem) {
      return try AnswerEncoder.json(object)
    } catch {
      // Only rows of tokens can fail to be written, and a problem has none.
      return Array("{}".utf8)
    }
  }
}

extension AnswerObject {
  /// The members of a problem document.
  init(_ problem: ServiceProblem, instance: String? = nil) {
    self.init()
    append("type", .string(problem.type.uri))
    append("title", .string(problem.type.title))
    append("status", .integer(problem.type.status))
    append("detail", .string(problem.detail))
    append("instance", instance.map(AnswerValue.string))
    if !problem.errors.isEmpty {
      append("errors", .list(problem.errors.map { .object(AnswerObject($0)) }))
    }
    for fact in problem.extensions { append(fact.member.name, fact.member.value) }
  }

  private init(_ fault: ServiceProblem.FieldFault) {
    self.init()
    append("pointer", .string(fault.pointer))
    append("detail", .string(fault.detail))
  }
}

extension ProblemExtension {
  /// The fact as a member of the document.
  var member: (name: String, value: AnswerValue) {
    switch self {
    case .offset(let offset): ("offset", .integer(offset))
    case .format(let format): ("format", .string(format))
    case .limitBytes(let bytes): ("limit_bytes", .integer(bytes))
    case .supported(let names): ("supported", .list(names.map(AnswerValue.string)))
    case .tensor(let name): ("tensor", .string(name))
    case .expected(let dimensions):
      ("expected", .list(dimensions.map { $0.map(AnswerValue.integer) ?? .null }))
    case .actual(let dimensions): ("actual", .list(dimensions.map(AnswerValue.integer)))
    case .index(let index): ("index", .integer(index))
    case .budgetRatio(let ratio): ("budget_ratio", .number(ratio))
    case .smallestRatio(let ratio): ("smallest_ratio", .number(ratio))
    case .largestRatio(let ratio): ("largest_ratio", .number(ratio))
    case .state(let state): ("state", .string(state))
    case .missingScope(let scope): ("missing_scope", .string(scope))
    case .advantage(let mean): ("advantage", .number(mean))
    case .probability(let probability): ("probability", .number(probability))
    }
  }
}
