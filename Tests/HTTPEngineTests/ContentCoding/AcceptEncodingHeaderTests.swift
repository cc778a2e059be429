import HTTPEngine
import Testing

@Suite struct AcceptEncodingHeaderTests {
  struct Wish: Sendable, CustomTestStringConvertible {
    let field: String
    let preferred: ContentEncoding
    var insisted = ContentEncoding.identity

    var testDescription: String { field }
  }

  @Test(
    arguments: [
      Wish(field: "gzip", preferred: .gzip),
      Wish(field: "x-gzip", preferred: .gzip),
      Wish(field: "gzip, deflate, br, zstd", preferred: .gzip),
      Wish(field: "deflate, gzip", preferred: .gzip),
      Wish(field: "deflate, gzip;q=0.9", preferred: .deflate),
      Wish(field: "br", preferred: .identity),
      Wish(field: "", preferred: .identity),
      Wish(field: "identity", preferred: .identity),
      Wish(field: "*", preferred: .gzip),
      Wish(field: "*;q=0", preferred: .identity),
      Wish(field: "gzip;q=0", preferred: .identity),
      Wish(field: "gzip;q=0, *", preferred: .deflate),
      Wish(field: "*;q=0, gzip", preferred: .gzip),
      Wish(field: "identity;q=0", preferred: .identity),
      Wish(field: "gzip;q=0, deflate;q=0, identity;q=0", preferred: .identity),
      Wish(field: "identity, gzip;q=0.9", preferred: .identity),
      Wish(field: "gzip, identity", preferred: .gzip),
      Wish(field: "gzip;q=2", preferred: .identity),
      Wish(field: "gzip, identity;q=0.5", preferred: .gzip, insisted: .gzip),
      Wish(field: "gzip;q=0.5, identity;q=0.499", preferred: .gzip, insisted: .gzip),
      Wish(field: "gzip, identity;q=0", preferred: .gzip, insisted: .gzip),
      Wish(field: "deflate, identity;q=0", preferred: .deflate, insisted: .deflate),
      Wish(field: "*, identity;q=0.5", preferred: .gzip),
      Wish(field: "gzip, *;q=0", preferred: .gzip),
    ]) func `tells what a client prefers and what it insists on`(wish: Wish)
  {
    let header = AcceptEncodingHeader([wish.field])
    #expect(header.preferred == wish.preferred)
    #expect(header.insisted == wish.insisted)
  }

  @Test func `lines add up`() {
    let header = AcceptEncodingHeader(["gzip;q=0.5", "deflate", "identity;q=0.1"])
    #expect(header.preferred == .deflate)
    #expect(header.insisted == .deflate)
    #expect(AcceptEncodingHeader([]).preferred == .identity)
  }
}
