/// How a study is driven.
public struct RunSettings: Sendable {
  /// Who asks; the same name gets its open trials back.
  public var client: String
  /// The trials with an outcome that the study is to have in the end.
  public var trials = 50
  /// The trials that are evaluated at the same time.
  public var parallel = 1
  /// The rows of one report; nil measures each trial at once.
  public var portion: Int?
  /// How long a trial stays with this client.
  public var leaseSeconds = 3600
  /// How long one evaluation may take; nil for as long as it takes.
  public var timeoutSeconds: Double?
  /// How many failures in a row end the run.
  public var failures = 3

  /// Starts from the defaults.
  ///
  /// - Parameter client: Who asks.
  public init(client: String) { self.client = client }
}

/// What happens while a study is driven; told from several threads, one at a time.
public enum RunEvent: Sendable {
  /// The run begins with these trials.
  case began([StudyTrial])
  /// A trial is being evaluated.
  case started(StudyTrial)
  /// Some of a trial's rows were measured.
  case reported(StudyTrial, rows: Int, of: Int)
  /// A trial has its outcome.
  case told(StudyTrial)
  /// A trial was given back, because its evaluation failed.
  case failed(StudyTrial, StudyDriverError)
}

/// Who wants to know what happens.
public protocol RunObserver: Sendable {
  /// Is told what has happened; the run goes on when it returns.
  func observe(_ event: RunEvent)
}
