import HTTPEngine

/// A page that never changes while the process lives, in every coding that makes it shorter.
struct ConstantPage: Sendable {
  private let plain: Response
  private let coded: [ContentEncoding: Response]

  /// Codes the page once; caches may keep it if they ask each time whether it still holds.
  ///
  /// Each coding has a tag of its own, because a strong tag stands for the bytes (RFC 9110 §8.8.3).
  init(_ page: Response, content: [UInt8]) {
    let tag = EntityTag(of: content)
    let compression = AnswerCompression(buffers: BufferPool(maximumIdleBytes: 0))
    func variant(_ coding: ContentEncoding) -> Response {
      var variant = page
      // A page has no deadline: the checkpoint never throws.
      try? compression.apply(coding, to: &variant, checkpoint: Checkpoint {})
      let isCoded = variant.fields.contains("content-encoding")
      variant.fields.append("ETag", tag.fieldValue(of: isCoded ? coding : .identity))
      variant.fields.append("Cache-Control", "no-cache")
      return variant
    }
    plain = variant(.identity)
    coded = Dictionary(
      uniqueKeysWithValues: ContentEncoding.compressing.map { ($0, variant($0)) })
  }

  /// The page in a coding; as it is where the coding would not make it shorter.
  subscript(coding: ContentEncoding) -> Response { coded[coding] ?? plain }
}
