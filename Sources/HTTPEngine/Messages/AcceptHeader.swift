/// The media types a client prefers: the `Accept` field (RFC 9110 section 12.5.1).
///
/// List elements that break the grammar are ignored, and what comes after 2 KiB; a field without a usable element, like an
/// absent one, accepts anything.
public struct AcceptHeader: Sendable {
  /// `type/subtype`, `type/*` or `*/*`, with the parameters that must agree.
  struct MediaRange: Sendable {
    let type: String
    let subtype: String
    let parameters: [MediaType.Parameter]
    let quality: QualityValue
  }

  let ranges: [MediaRange]

  /// Reads all the `Accept` field lines of a request, in order.
  public init(_ fieldValues: [String]) {
    var room = FieldValueScanner.longestList
    ranges = fieldValues.flatMap { Self.ranges(in: $0, &room) }
  }

  /// How much the client likes a media type: what the most specific range that covers it says.
  public func quality(of offer: MediaType) -> QualityValue {
    guard !ranges.isEmpty else { return .full }
    var best: (specificity: Int, quality: QualityValue)?
    for range in ranges {
      guard let specificity = range.specificity(for: offer),
        specificity > best?.specificity ?? -1
      else { continue }
      best = (specificity, range.quality)
    }
    return best?.quality ?? .zero
  }

  /// Picks the offer the client likes best, the earlier one on a tie.
  ///
  /// - Parameter offers: What the server can send, its favourite first.
  /// - Returns: One of the offers, or nil when the client accepts none of them: 406.
  public func best(of offers: [MediaType]) -> MediaType? {
    bestIndex(of: offers).map { offers[$0] }
  }

  /// As `best(of:)`, but tells the offer's place in the list.
  public func bestIndex(of offers: [MediaType]) -> Int? {
    var best: (index: Int, quality: QualityValue)?
    for (index, offer) in offers.enumerated() {
      let quality = quality(of: offer)
      if quality > best?.quality ?? .zero { best = (index, quality) }
    }
    return best?.index
  }

  private static func ranges(in value: String, _ room: inout Int) -> [MediaRange] {
    var scanner = FieldValueScanner(list: value, room: &room)
    var ranges: [MediaRange] = []
    while !scanner.isAtEnd {
      var attempt = scanner
      if let range = range(&attempt) {
        ranges.append(range)
        scanner = attempt
      }
      scanner.skipElement()
    }
    return ranges
  }

  /// Reads one element; stands at its comma or at the end if it returns something.
  private static func range(_ scanner: inout FieldValueScanner) -> MediaRange? {
    scanner.skipSpace()
    guard let type = scanner.token(), scanner.take("/"), let subtype = scanner.token(),
      type != "*" || subtype == "*", let all = scanner.parameters(), scanner.isAtListBoundary
    else { return nil }
    // What follows q was "accept-ext" in RFC 7231 and has no meaning now.
    let parameters = all.prefix { $0.name != "q" }
    var quality = QualityValue.full
    if parameters.count < all.count {
      guard let given = QualityValue(parsing: all[parameters.count].value) else { return nil }
      quality = given
    }
    return MediaRange(
      type: type.lowercased(), subtype: subtype.lowercased(), parameters: Array(parameters),
      quality: quality)
  }
}

extension AcceptHeader.MediaRange {
  /// How closely the range describes a media type; nil when it does not cover it.
  func specificity(for offer: MediaType) -> Int? {
    guard type == "*" || type == offer.type, subtype == "*" || subtype == offer.subtype,
      parameters.allSatisfy({ Self.agrees($0, with: offer) })
    else { return nil }
    // Names outweigh any number of parameters.
    let named = (type == "*" ? 0 : 1) + (subtype == "*" ? 0 : 1)
    return named << 32 + parameters.count
  }

  private static func agrees(_ parameter: MediaType.Parameter, with offer: MediaType) -> Bool {
    guard let value = offer[parameter: parameter.name] else { return false }
    // Charset names ignore case (RFC 9110 section 8.3.2); other values may not.
    guard parameter.name == "charset" else { return value == parameter.value }
    return value.lowercased() == parameter.value.lowercased()
  }
}
