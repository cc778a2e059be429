internal import TensorCoding

/// The groups of facts that a prune request may ask for.
public struct ReturnedFacts: OptionSet, Sendable, Hashable {
  /// One bit per group.
  public let rawValue: Int

  /// Wraps bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The pruned tokens themselves.
  public static let tokens = ReturnedFacts(rawValue: 1 << 0)
  /// Which tokens are retained and which of those are recycled.
  public static let indices = ReturnedFacts(rawValue: 1 << 1)
  /// Which input tokens make up each recycled token.
  public static let merges = ReturnedFacts(rawValue: 1 << 2)
  /// The rows that are left after each later stage.
  public static let stages = ReturnedFacts(rawValue: 1 << 3)
  /// The importance map and the entropy of the whole input.
  public static let importance = ReturnedFacts(rawValue: 1 << 4)
  /// Original and compact positions.
  public static let positions = ReturnedFacts(rawValue: 1 << 5)
  /// What the selection saves in the language model.
  public static let report = ReturnedFacts(rawValue: 1 << 6)

  /// The wire names, in the order of the contract.
  static let names: [(name: String, facts: ReturnedFacts)] = [
    ("tokens", .tokens), ("indices", .indices), ("merges", .merges), ("stages", .stages),
    ("importance", .importance), ("positions", .positions), ("report", .report),
  ]

  /// Everything that the inputs allow, without the importance of the whole input.
  public static let byDefault: ReturnedFacts = [
    .tokens, .indices, .merges, .stages, .positions, .report,
  ]
}

extension FieldReader {
  /// The `return` list; its absence asks for the default.
  mutating func returnedFacts() throws(ServiceProblem) -> ReturnedFacts {
    guard let elements = try array("return") else { return .byDefault }
    var facts: ReturnedFacts = []
    for (index, element) in elements.enumerated() {
      let place = pointer.appending("return").appending(index)
      guard case .string(let name) = element,
        let known = ReturnedFacts.names.first(where: { $0.name == name })
      else {
        let names = ReturnedFacts.names.map(\.name).joined(separator: ", ")
        throw .field(place, "must be one of \(names)")
      }
      guard facts.insert(known.facts).inserted else {
        throw .field(place, "repeats \(name)")
      }
    }
    return facts
  }
}
