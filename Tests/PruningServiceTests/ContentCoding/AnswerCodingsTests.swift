import HTTPEngine
import Testing

@testable import PruningService

@Suite struct AnswerCodingsTests {
  @Test(
    arguments: [
      (nil, ContentEncoding.identity, ContentEncoding.identity),
      ("gzip, deflate", .gzip, .identity),
      ("deflate", .deflate, .identity), ("gzip, identity;q=0.5", .gzip, .gzip),
      ("*", .gzip, .identity), ("identity, gzip;q=0.5", .identity, .identity),
    ] as [(String?, ContentEncoding, ContentEncoding)])
  func `text is coded for whoever accepts it, tensors for whoever insists`(
    field: String?, text: ContentEncoding, tensors: ContentEncoding
  ) {
    let codings = AnswerCodings(field.map { ["Accept-Encoding": $0] } ?? [:])
    #expect(codings[.json] == text)
    #expect(codings[.safetensors] == tensors)
    #expect((codings == .none) == (text == .identity))
  }
}
