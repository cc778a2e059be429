/// The condenser of a body that arrives, if it has one, and how much it has not seen yet.
struct CondenserFeed {
  private let condenser: (any BodyCondenser)?
  /// Bytes of the body that the condenser has not seen.
  private(set) var unseen = 0

  /// Begins with a body's first byte; without a condenser nothing is counted or shown.
  init(_ condenser: (any BodyCondenser)? = nil) { self.condenser = condenser }

  /// Whether somebody makes the body smaller.
  var isActive: Bool { condenser != nil }

  /// Counts bytes that were added to the body.
  mutating func received(_ bytes: Int) { if isActive { unseen += bytes } }

  /// Shows the condenser what it has not seen.
  mutating func show(_ body: BodyBuffer?) {
    guard unseen > 0, let body, let condenser else { return }
    unseen = 0
    condenser.condense(body)
  }
}
