internal import TensorCoding

/// A trial, as far as a driver needs to know it.
public struct StudyTrial: Sendable {
  /// The number.
  public let id: Int
  /// `active`, `succeeded`, `stopped`, `infeasible`, `requested`.
  public let state: String
  /// `default`, `suggested`, `imported`.
  public let origin: String
  /// What was measured, or is estimated of a stopped trial.
  public let value: Double?
  /// Its standard error.
  public let standardError: Double?
  /// How many reports came in.
  let reports: Int
  /// The rows that were reported.
  let measuredRows: [Int]
  /// As the service wrote it.
  let strategy: JSONValue

  init?(_ document: JSONValue) {
    guard let id = document["id"]?.integer, let state = document["state"]?.text,
      let origin = document["origin"]?.text, let strategy = document["strategy"]
    else { return nil }
    self.id = id
    self.state = state
    self.origin = origin
    self.strategy = strategy
    let estimate = document["estimate"]
    value = estimate?["value"]?.double ?? document["value"]?.double
    standardError = estimate?["standard_error"]?.double ?? document["standard_error"]?.double
    reports = document["reports"]?.integer ?? 0
    measuredRows = document["measured_rows"]?.elements?.compactMap(\.integer) ?? []
  }

  /// Whether an outcome is known.
  public var isComplete: Bool { state != "active" && state != "requested" }
}

/// A study, as far as a driver needs to know it.
public struct StudyFacts: Sendable {
  /// The name.
  public let name: String
  /// How many trials were ever made.
  public let trialCount: Int
  /// The rows of its baseline; nil before it has one.
  public let rows: Int?
  /// The seed.
  public let seed: Int
  /// As the service wrote it.
  let document: JSONValue

  init?(_ document: JSONValue) {
    guard let name = document["name"]?.text, let trialCount = document["trial_count"]?.integer
    else { return nil }
    self.name = name
    self.trialCount = trialCount
    rows = document["baseline"]?["rows"]?.integer
    seed = document["seed"]?.integer ?? 0
    self.document = document
  }
}

extension JSONValue {
  /// The elements of a list of objects.
  func list<Element>(_ key: String, _ make: (JSONValue) -> Element?) -> [Element] {
    (self[key]?.elements ?? []).compactMap(make)
  }
}
