import HTTPEngine

/// What the fields of a request head say about its body and its answer.
struct Negotiation {
  /// How the body is written.
  let body: MessageEncoding
  /// The body's content coding.
  let coding: ContentEncoding
  /// How the answer shall be written.
  let answer: MessageEncoding
  /// The content coding that the answer may have.
  let answerCodings: AnswerCodings

  /// Reads `Content-Type`, `Content-Encoding`, `Accept` and `Accept-Encoding`.
  ///
  /// - Parameters:
  ///   - fields: The fields of the request head.
  ///   - readsBody: Whether there is a body to be read; without one nothing is said about it.
  ///   - choosesAnswer: Whether the answer may be either encoding; else it has a type of its own.
  /// - Throws: A problem of type `unsupported-media-type` or `not-acceptable`.
  init(
    _ fields: HeaderFields, readsBody: Bool = true, choosesAnswer: Bool = true
  ) throws(ServiceProblem) {
    body = readsBody ? try Self.bodyEncoding(fields) : .json
    coding = readsBody ? try Self.contentCoding(fields) : .identity
    answer = choosesAnswer ? try Self.answerEncoding(fields, body: body) : .json
    answerCodings = AnswerCodings(fields)
  }

  /// The media types that are read and written, in the order of preference.
  static let mediaTypes = MessageEncoding.allCases.map(\.mediaType)
  private static let offers = MessageEncoding.allCases.map(\.offer)

  private static func bodyEncoding(_ fields: HeaderFields) throws(ServiceProblem) -> MessageEncoding
  {
    let values = fields.values(of: "content-type")
    if values.count == 1, let encoding = known(values[0]) { return encoding }
    throw .mediaType
  }

  /// The encoding behind a media type; JSON in another charset than UTF-8 is none (RFC 8259 §8.1).
  private static func known(_ value: String) -> MessageEncoding? {
    // Most clients send the bare type: no need to take it apart.
    if let index = mediaTypes.firstIndex(of: value) { return MessageEncoding.allCases[index] }
    guard let type = MediaType(parsing: value), type.isUTF8,
      let index = offers.firstIndex(where: { $0.hasSameEssence(as: type) })
    else { return nil }
    return MessageEncoding.allCases[index]
  }

  /// One coding is undone, not several on top of each other: each could multiply the size.
  private static func contentCoding(_ fields: HeaderFields) throws(ServiceProblem)
    -> ContentEncoding
  {
    guard let coding = ContentEncoding.ofContent(fields.values(of: "content-encoding")) else {
      throw .contentCoding
    }
    return coding
  }

  private static func answerEncoding(
    _ fields: HeaderFields, body: MessageEncoding
  ) throws(ServiceProblem) -> MessageEncoding {
    let values = fields.values(of: "accept")
    guard !values.isEmpty, values != ["*/*"] else { return body }
    let others = MessageEncoding.allCases.filter { $0 != body }
    let offered = [body] + others
    let best = AcceptHeader(values).bestIndex(of: offered.map(\.offer))
    guard let best else {
      throw ServiceProblem(
        .notAcceptable, detail: "answers are JSON or safetensors",
        extensions: [.supported(mediaTypes)])
    }
    return offered[best]
  }
}

extension MessageEncoding {
  /// The media type, taken apart.
  fileprivate var offer: MediaType {
    switch self {
    case .json: .json
    case .safetensors: MediaType("application", "vnd.safetensors")
    }
  }
}
