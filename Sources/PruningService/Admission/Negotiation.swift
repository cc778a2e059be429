import HTTPEngine

/// What the fields of a request head say about its body and its answer.
struct Negotiation {
  /// How the body is written.
  let body: MessageEncoding
  /// How the answer shall be written.
  let answer: MessageEncoding

  /// Reads `Content-Type`, `Content-Encoding` and `Accept`.
  ///
  /// - Parameter fields: The fields of the request head.
  /// - Throws: A problem of type `unsupported-media-type` or `not-acceptable`.
  init(_ fields: HeaderFields) throws(ServiceProblem) {
    body = try Self.bodyEncoding(fields)
    try Self.checkCoding(fields)
    answer = try Self.answerEncoding(fields, body: body)
  }

  /// The media types that are read and written, in the order of preference.
  static let mediaTypes = MessageEncoding.allCases.map(\.mediaType)

  private static func bodyEncoding(_ fields: HeaderFields) throws(ServiceProblem) -> MessageEncoding {
    let values = fields.values(of: "content-type")
    if values.count == 1, let type = MediaType(values[0]),
      let encoding = MessageEncoding.allCases.first(where: { $0.mediaType == type.essence })
    {
      return encoding
    }
    throw ServiceProblem(
      .unsupportedMediaType, detail: "the body must be JSON or a safetensors file, and say so",
      extensions: [.supported(mediaTypes)])
  }

  /// Content codings are not undone yet (RFC 9110 §8.4): a coded body must not be read as data.
  private static func checkCoding(_ fields: HeaderFields) throws(ServiceProblem) {
    let values = fields.values(of: "content-encoding")
    guard values.allSatisfy({ $0.lowercased() == "identity" }) else {
      throw ServiceProblem(
        .unsupportedMediaType, detail: "the body must not have a content coding",
        extensions: [.supported(["identity"])])
    }
  }

  private static func answerEncoding(
    _ fields: HeaderFields, body: MessageEncoding
  ) throws(ServiceProblem) -> MessageEncoding {
    let values = fields.values(of: "accept")
    guard !values.isEmpty else { return body }
    let offered = [body] + MessageEncoding.allCases.filter { $0 != body }
    let best = AcceptHeader(values.joined(separator: ",")).best(of: offered.map(\.mediaType))
    guard let best, let encoding = offered.first(where: { $0.mediaType == best }) else {
      throw ServiceProblem(
        .notAcceptable, detail: "answers are JSON or safetensors",
        extensions: [.supported(mediaTypes)])
    }
    return encoding
  }
}
