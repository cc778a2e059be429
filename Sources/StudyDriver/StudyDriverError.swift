/// Why a study cannot be driven on, or a call of it failed.
public struct StudyDriverError: Error, Sendable, Equatable {
  /// The kind of fault.
  public enum Code: Sendable, Equatable, CaseIterable {
    /// The address is none that this program can reach.
    case unusableAddress
    /// Nobody answers there.
    case unreachable
    /// What came back is no answer.
    case malformedAnswer
    /// The service refuses; see ``StudyDriverError/problem``.
    case refused
    /// The evaluator failed, or brought nothing that can be passed on.
    case evaluationFailed
    /// It took longer than it may.
    case timedOut
    /// The user wants an end.
    case interrupted
    /// A file cannot be read or written.
    case unusableFile
    /// The study that exists is another than the one that was asked for.
    case otherStudy
  }

  /// The kind of fault.
  public let code: Code
  /// What happened, for people.
  public let detail: String
  /// The status that the service answered with.
  public var status: Int?
  /// The service's problem document, as it came.
  public var problem: [UInt8]?

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - code: The kind of fault.
  ///   - detail: What happened, for people.
  public init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }

  static let interrupted = StudyDriverError(.interrupted, "interrupted")
  static let timedOut = StudyDriverError(.timedOut, "no answer in time")
}
