/// The lines that many answers have in common, put together once.
///
/// A page's fields are one piece of memory, of which answers that differ in their identifier alone
/// have copies; what the engine adds is the same until the date is another.
final class SharedFieldLines {
  let lines = HTTP2FieldLines()
  private let fields: HeaderFields
  private let identifierName: StaticString
  private let contentCount: Int
  private let unixSeconds: Int64

  /// Nil for an answer that is no such page.
  init?(_ response: borrowing Response, unixSeconds: Int64) {
    guard response.status == .ok, let identifier = response.identifier,
      let count = response.body.count
    else { return nil }
    fields = response.fields
    identifierName = identifier.name
    contentCount = count
    self.unixSeconds = unixSeconds
  }

  /// Whether these are the lines of an answer with that identifier, as far as they are common.
  func serve(
    _ response: borrowing Response, _ identifier: IdentifierField, unixSeconds: Int64
  ) -> Bool {
    // The names are only compared by their place.
    unsafe self.unixSeconds == unixSeconds && response.status == .ok
      && identifierName.utf8Start == identifier.name.utf8Start
      && fields.sharesMemory(with: response.fields) && response.body.count == contentCount
  }
}

/// The lines of the pages that were asked for last.
struct SharedPages {
  private var pages = RecentValues<SharedFieldLines>(most: 4)

  /// The lines of an answer; nil if they are not known.
  func lines(
    of response: borrowing Response, _ identifier: IdentifierField, unixSeconds: Int64
  ) -> SharedFieldLines? {
    for page in pages.values where page.serve(response, identifier, unixSeconds: unixSeconds) {
      return page
    }
    return nil
  }

  /// Keeps lines instead of the oldest.
  mutating func keep(_ page: SharedFieldLines) { pages.insert(page) }
}
