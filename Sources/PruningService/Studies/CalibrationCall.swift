import Calibration
import HTTPEngine

/// A request about studies or strategies, as far as its head tells.
struct CalibrationCall: Sendable, Equatable {
  /// What is to be done.
  let action: CalibrationAction
  /// The study in the path.
  let study: String
  /// The trial in the path.
  let trial: String
  /// The strategy in the path.
  let strategy: String
  /// What the client knows about the strategy.
  let precondition: EntityPrecondition
  /// Whether an export is a table instead of a document.
  let isTable: Bool
  /// Which trials of a list are wanted.
  let page: TrialPage

  /// Reads the path's values and the fields that matter.
  ///
  /// - Parameters:
  ///   - action: What the route and the method ask for.
  ///   - head: The request head.
  ///   - parameters: The values in the path.
  /// - Throws: 400 for a precondition that cannot be read, 422 for an unknown query.
  init(
    _ action: CalibrationAction, _ head: borrowing RequestHead, _ parameters: PathParameters
  ) throws(ServiceProblem) {
    self.action = action
    study = parameters["study"] ?? ""
    trial = parameters["trial"] ?? ""
    strategy = parameters["name"] ?? ""
    try Self.check(parameters, action)
    precondition = try EntityPrecondition(head.fields, of: action)
    isTable = action == .export ? try Self.isTable(head) : false
    page = action == .listTrials ? try TrialPage(query: head.query) : TrialPage()
  }

  /// A name that nothing can have is nobody's; only who makes something hears of the rule.
  private static func check(
    _ parameters: PathParameters, _ action: CalibrationAction
  ) throws(ServiceProblem) {
    do throws(CalibrationError) {
      if let study = parameters["study"] { _ = try StudyID(study) }
    } catch { throw .noSuchStudy }
    do throws(CalibrationError) {
      if let trial = parameters["trial"] { _ = try TrialID(trial) }
    } catch { throw ServiceProblem(error) }
    do throws(CalibrationError) {
      if let name = parameters["name"] { _ = try StrategyID(name) }
    } catch {
      guard action == .putStrategy else { throw .noSuchStrategy }
      throw ServiceProblem(.valueOutOfRange, detail: "name and version of a strategy \(error.rule)")
    }
  }

  /// `?format=csv`, or a client that takes `text/csv` only.
  private static func isTable(_ head: borrowing RequestHead) throws(ServiceProblem) -> Bool {
    switch head.query {
    case nil, "":
      let accept = head.fields.values(of: "accept")
      guard !accept.isEmpty else { return false }
      let offers = [MediaType.json, MediaType("text", "csv")]
      return AcceptHeader(accept).bestIndex(of: offers) == 1
    case "format=json": return false
    case "format=csv": return true
    default:
      throw ServiceProblem(
        .valueOutOfRange, detail: "the query of an export is format=json or format=csv")
    }
  }
}

extension EntityPrecondition {
  /// Reads `If-Match` and `If-None-Match` where the action changes a strategy (RFC 9110 §13.1).
  init(_ fields: HeaderFields, of action: CalibrationAction) throws(ServiceProblem) {
    let matches = fields.values(of: "if-match")
    let absences = fields.values(of: "if-none-match")
    guard action.changesStrategies, !matches.isEmpty || !absences.isEmpty else {
      self = .none
      return
    }
    guard matches.isEmpty || absences.isEmpty else {
      throw ServiceProblem(
        .malformedMessage, detail: "If-Match and If-None-Match exclude each other here")
    }
    guard absences.isEmpty || absences == ["*"] else {
      throw ServiceProblem(.malformedMessage, detail: "If-None-Match can only be * here")
    }
    self = absences.isEmpty ? try Self.tags(matches) : .isAbsent
  }

  private static func tags(_ values: [String]) throws(ServiceProblem) -> EntityPrecondition {
    if values == ["*"] { return .exists }
    var tags: [String] = []
    for item in values.joined(separator: ",").split(separator: ",") {
      // No tag has a space in it (RFC 9110 §8.8.3).
      let tag = item.filter { $0 != " " && $0 != "\t" }
      // A weak tag is nobody's: If-Match compares strongly (RFC 9110 §13.1.1).
      if tag.hasPrefix("W/\"") { continue }
      guard tag.count >= 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else {
        throw ServiceProblem(
          .malformedMessage, detail: "If-Match must be * or a list of entity tags in quotes")
      }
      tags.append(String(tag.dropFirst().dropLast()))
    }
    return .matches(tags)
  }
}

extension CalibrationAction {
  fileprivate var changesStrategies: Bool {
    switch self {
    case .publish, .putStrategy, .deleteStrategy, .promoteStrategy, .rollBackStrategy: true
    default: false
    }
  }
}
