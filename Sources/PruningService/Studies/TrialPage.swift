/// A part of a list of trials: `?limit=100&page_token=…`.
struct TrialPage: Sendable, Equatable {
  /// The most trials of one answer; also what an answer has that nobody limits.
  static let maximumLimit = 1000

  /// How many trials are wanted.
  var limit = Self.maximumLimit
  /// The number of the last trial of the page before; 0 for the first page.
  var after = 0

  /// The first page.
  init() {}

  /// Reads a query.
  ///
  /// - Parameter query: What follows the question mark; each name at most once.
  /// - Throws: 422 for anything but a limit and the token of an earlier answer.
  init(query: String?) throws(ServiceProblem) {
    var seen: Set<Substring> = []
    for pair in (query ?? "").split(separator: "&") {
      let words = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard words.count == 2, seen.insert(words[0]).inserted else { throw Self.wrongQuery }
      switch words[0] {
      case "limit": limit = try Self.number(words[1], in: 1...Self.maximumLimit)
      case "page_token": after = try Self.number(words[1], in: 1...Int(Int32.max))
      default: throw Self.wrongQuery
      }
    }
  }

  private static func number(
    _ text: Substring, in range: ClosedRange<Int>
  ) throws(ServiceProblem) -> Int {
    // No sign, no leading zero: a token is what an answer said.
    guard let number = Int(text), "\(number)" == text, range.contains(number) else {
      throw wrongQuery
    }
    return number
  }

  private static let wrongQuery = ServiceProblem(
    .valueOutOfRange,
    detail: "the query of a list of trials is limit=1 to 1000 and the page_token of an answer")
}
