import HTTPEngine

/// The content codings that a client wants its answer in.
struct AnswerCodings: Sendable, Equatable {
  /// For JSON and other text.
  let text: ContentEncoding
  /// For tensors, which hardly get shorter: only on a client's explicit wish.
  let tensors: ContentEncoding

  /// No coding at all.
  static let none = AnswerCodings(text: .identity, tensors: .identity)

  private init(text: ContentEncoding, tensors: ContentEncoding) {
    self.text = text
    self.tensors = tensors
  }

  /// Reads `Accept-Encoding`.
  init(_ fields: HeaderFields) {
    let values = fields.values(of: "accept-encoding")
    guard !values.isEmpty else {
      self = .none
      return
    }
    let accepted = AcceptEncodingHeader(values)
    self.init(text: accepted.preferred, tensors: accepted.insisted)
  }

  /// The coding for an answer in that encoding.
  subscript(encoding: MessageEncoding) -> ContentEncoding {
    switch encoding {
    case .json: text
    case .safetensors: tensors
    }
  }
}
