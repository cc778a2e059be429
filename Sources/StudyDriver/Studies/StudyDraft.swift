internal import TensorCoding

/// A study as it is asked for: a document, and settings that are stronger.
public struct StudyDraft: Sendable {
  private let members: [(key: String, value: JSONValue)]

  /// Puts the parts together.
  ///
  /// - Parameters:
  ///   - file: The body of `POST /v1/studies`, where there is one.
  ///   - name: The study's name.
  ///   - model: A label of the model.
  ///   - layers: The layers of the language model.
  ///   - stageLayers: The layers before which tokens are pruned.
  ///   - tokenBudget: The mean share of tokens that may stay.
  ///   - seed: The seed.
  /// - Throws: ``StudyDriverError/Code/unusableFile`` when the file is no JSON object.
  public init(
    file: [UInt8]?, name: String, model: String?, layers: Int?, stageLayers: [Int]?,
    tokenBudget: Double?, seed: Int?
  ) throws(StudyDriverError) {
    var members: [(key: String, value: JSONValue)] = []
    if let file {
      guard case .object(let object) = JSONValue(file) else {
        throw StudyDriverError(.unusableFile, "the definition of the study is no JSON object")
      }
      members = object.members
    }
    var settings: [(key: String, value: JSONValue)] = [("name", .string(name))]
    if let model { settings.append(("model", .string(model))) }
    if let layers { settings.append(("layers", .number(JSONNumber(Int64(layers))))) }
    if let stageLayers {
      settings.append(
        ("stage_layers", .array(stageLayers.map { .number(JSONNumber(Int64($0))) })))
    }
    if let tokenBudget { settings.append(("token_budget", .number(JSONNumber(tokenBudget)))) }
    if let seed { settings.append(("seed", .number(JSONNumber(Int64(seed))))) }
    let keys = Set(settings.map(\.key))
    self.members = settings + members.filter { !keys.contains($0.key) }
  }

  /// The body of `POST /v1/studies`.
  public var body: [UInt8] {
    StudyClient.object { writer in
      for (key, value) in members {
        writer.key(key)
        writer.value(value)
      }
    }
  }

  /// Checks that an existing study is the one that is asked for, as far as it is said.
  ///
  /// - Parameter study: The study that has the name.
  /// - Throws: ``StudyDriverError/Code/otherStudy`` with what differs.
  public func check(_ study: StudyFacts) throws(StudyDriverError) {
    let compared = ["model", "layers", "stage_layers", "token_budget", "seed"]
    for (key, value) in members where compared.contains(key) {
      guard let known = study.document[key], known.isSame(as: value) else {
        throw StudyDriverError(
          .otherStudy, "there is a study \(study.name) already, with another \(key)")
      }
    }
  }
}

extension JSONValue {
  /// Whether both are the same number, text or list of such.
  fileprivate func isSame(as other: JSONValue) -> Bool {
    if let text { return text == other.text }
    if let double { return double == other.double }
    guard let elements, let others = other.elements, elements.count == others.count else {
      return false
    }
    return zip(elements, others).allSatisfy { $0.isSame(as: $1) }
  }
}
