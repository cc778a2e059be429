/// Where an effective value comes from, weakest first.
package enum ConfigurationSource: String, Sendable, Comparable {
  /// Nobody said anything else.
  case fallback = "default"
  /// An environment variable.
  case environment
  /// A command-line flag.
  case flag

  private var rank: Int {
    switch self {
    case .fallback: 0
    case .environment: 1
    case .flag: 2
    }
  }

  /// Orders sources by strength.
  package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}
