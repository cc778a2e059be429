/// How much a record matters.
public enum LogLevel: String, Sendable, Hashable, CaseIterable, Comparable {
  /// Every step.
  case trace
  /// Details for finding a fault.
  case debug
  /// One access record per request.
  case info
  /// The life of the process.
  case notice
  /// Degraded, once per cause.
  case warning
  /// Someone must act.
  case error

  /// Orders by how much a record matters.
  public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .trace: 0
    case .debug: 1
    case .info: 2
    case .notice: 3
    case .warning: 4
    case .error: 5
    }
  }
}
