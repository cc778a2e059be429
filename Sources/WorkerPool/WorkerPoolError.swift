/// Why a pool could not be made.
public struct WorkerPoolError: Error, Equatable {
  /// The kinds of failure.
  public enum Code: Sendable, Hashable {
    /// The system refused another thread.
    case threadCreationFailed
  }

  /// What failed.
  public let code: Code
  /// The system's error number.
  public let errno: Int32
}
