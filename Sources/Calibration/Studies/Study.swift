public import TokenPruning

/// One search for the best strategy of a model under a token budget.
public struct Study: Sendable, Equatable {
  /// Where a study stands.
  public enum State: String, Sendable, CaseIterable {
    /// It takes new trials.
    case active
    /// It takes no new ones; outcomes of trials that were handed out are still taken.
    case completed
  }

  /// The name.
  public let id: StudyID
  /// What was asked for, with the default strategy filled in.
  public let specification: StudySpecification
  /// When it was created.
  public let createdAt: Timestamp
  /// Where it stands.
  public internal(set) var state: State
  /// How many trials were ever made; trials are numbered from 1 without gaps.
  public internal(set) var trialCount: Int
  /// The samples that an objective averages over, once they are known.
  public internal(set) var calibrationSet: CalibrationSet?

  /// What the store knows this study by; never used again, not even for a study of the same name.
  var serial: Int64
  /// Grows with every change but new trials.
  var revision: Int

  /// What the objective is: the mean cosine similarity of the last token's final hidden state,
  /// pruned against unpruned, maximised.
  public static let objective = "last_token_cosine_similarity"
}

/// What a study is to search.
public struct StudySpecification: Sendable, Equatable {
  /// A label of the model, which tells whose studies can be compared.
  public var model: String?
  /// What all strategies have in common.
  public var shape: StrategyShape
  /// The seed of everything that is drawn.
  public var seed: UInt64
  /// Bounds that replace the default ones.
  public var parameters: [ParameterName: ParameterBounds]
  /// The strategy that others are compared with, which is the first trial; nil stands for the
  /// published strategy of the nearest budget.
  public var defaultStrategy: PruningStrategy?

  /// Makes a specification; nothing is checked before a study is created.
  public init(
    model: String? = nil, shape: StrategyShape, seed: UInt64 = 0,
    parameters: [ParameterName: ParameterBounds] = [:], defaultStrategy: PruningStrategy? = nil
  ) {
    self.model = model
    self.shape = shape
    self.seed = seed
    self.parameters = parameters
    self.defaultStrategy = defaultStrategy
  }
}

/// The samples that an objective averages over.
public struct CalibrationSet: Sendable, Equatable {
  /// The rows: one hidden state each.
  public let rows: Int
  /// The width of a hidden state; nil where the baseline came without vectors.
  public let hidden: Int?
  /// The sample of each row, where a sample has several; nil when each row is one.
  public let sampleIDs: [String]?
  /// SHA-256 of the baseline's vectors as little-endian binary32, or of the samples' names.
  public let digest: String

  /// The sample of each row as a small number.
  let clusters: [Int]
  /// How many samples there are.
  public let samples: Int

  init(rows: Int, hidden: Int?, sampleIDs: [String]?, digest: String) {
    self.rows = rows
    self.hidden = hidden
    self.sampleIDs = sampleIDs
    self.digest = digest
    var numbers: [String: Int] = [:]
    // Once per study and process, not once per call: there can be many rows.
    clusters =
      sampleIDs?.map { id in
        let number = numbers[id] ?? numbers.count
        numbers[id] = number
        return number
      } ?? Array(0..<rows)
    samples = sampleIDs == nil ? rows : numbers.count
  }

  /// Compares what was told; the rest follows from it.
  public static func == (left: CalibrationSet, right: CalibrationSet) -> Bool {
    left.rows == right.rows && left.hidden == right.hidden && left.digest == right.digest
      && left.sampleIDs == right.sampleIDs
  }
}
