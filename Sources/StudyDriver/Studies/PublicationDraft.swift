internal import TensorCoding

/// The body of `:publish`.
public struct PublicationDraft: Sendable {
  private let name: String
  private let trial: Int?
  private let minimumProbability: Double?
  private let force: Bool
  private let promote: Bool

  /// Says what is to be published.
  ///
  /// - Parameters:
  ///   - name: `NAME` or `NAME@VERSION`.
  ///   - trial: Another trial than the best one.
  ///   - minimumProbability: How sure it must be that it is better.
  ///   - force: Whether it is published even if it is not.
  ///   - promote: Whether the bare name stands for it.
  public init(
    name: String, trial: Int?, minimumProbability: Double?, force: Bool, promote: Bool
  ) {
    self.name = name
    self.trial = trial
    self.minimumProbability = minimumProbability
    self.force = force
    self.promote = promote
  }

  /// The document.
  public var body: [UInt8] {
    StudyClient.object { writer in
      let words = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      writer.field("name", String(words[0]))
      if words.count > 1 { writer.field("version", String(words[1])) }
      if let trial { writer.field("trial", trial) }
      if let minimumProbability { writer.field("minimum_probability", minimumProbability) }
      writer.key("force")
      writer.value(force)
      writer.key("promote")
      writer.value(promote)
    }
  }
}
