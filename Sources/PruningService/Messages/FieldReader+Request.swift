internal import HTTPEngine
internal import TensorCoding

extension FieldReader {
  /// Reads the fields of a small request that must be JSON.
  init(ofJSON request: borrowing Request) throws(ServiceProblem) {
    guard try Negotiation(request.head.fields).body == .json else {
      throw ServiceProblem(
        .unsupportedMediaType, detail: "the body must be JSON",
        extensions: [.supported([MessageEncoding.json.mediaType])])
    }
    let document: JSONValue
    do throws(CodingError) {
      document = try JSONDocument.parse(request.body.bytes, limits: CodingLimits())
    } catch { throw ServiceProblem(error) }
    try self.init(document, at: .root)
  }
}
