/// The content codings a client prefers: the `Accept-Encoding` field (RFC 9110 section 12.5.3).
///
/// No answer is refused for it: where nothing that is acceptable can be sent, identity is.
public struct AcceptEncodingHeader: Sendable {
  private let tokens: WeightedTokens

  /// Reads all the field lines of a request, in order.
  public init(_ fieldValues: [String]) { tokens = WeightedTokens(fieldValues) }

  /// The coding that the client likes best, one that compresses on a tie.
  public var preferred: ContentEncoding {
    let others = named("*")
    return best(atLeast: named("identity") ?? others ?? .zero) { weight(of: $0) ?? others }
  }

  /// The coding that the client names and ranks above identity, which it names as well.
  ///
  /// Most libraries send `gzip, deflate` with every request, which asks for nothing in particular;
  /// `gzip, identity;q=0.5` is a wish.
  public var insisted: ContentEncoding {
    guard let identity = named("identity"), identity < .full else { return .identity }
    let above = QualityValue(thousandths: identity.thousandths + 1)
    return best(atLeast: above, weight(of:))
  }

  private func named(_ token: String) -> QualityValue? {
    tokens.elements.first { $0.token == token }?.quality
  }

  /// What the list says of a coding by name; the two names of gzip mean the same.
  private func weight(of coding: ContentEncoding) -> QualityValue? {
    named(coding.token) ?? (coding == .gzip ? named("x-gzip") : nil)
  }

  private func best(
    atLeast least: QualityValue, _ quality: (ContentEncoding) -> QualityValue?
  ) -> ContentEncoding {
    var best: (coding: ContentEncoding, quality: QualityValue) = (.identity, .zero)
    for coding in ContentEncoding.compressing {
      guard let quality = quality(coding), quality >= least, quality > best.quality else {
        continue
      }
      best = (coding, quality)
    }
    return best.coding
  }
}
