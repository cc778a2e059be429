import Testing

@testable import HTTPEngine

struct WeightedTokensTests {
  @Test func `reads tokens and weights in order`() {
    let tokens = WeightedTokens(["gzip;q=0.5, BR", "identity ; q=0"])
    #expect(tokens.elements.map(\.token) == ["gzip", "br", "identity"])
    #expect(tokens.elements.map(\.quality.thousandths) == [500, 1000, 0])
  }

  @Test(
    arguments: [
      ("gzip", "gzip"), ("gzip;q=0", nil), ("*", "gzip"), ("*;q=0, identity", "identity"),
      ("identity, gzip;q=0.9", "identity"), ("identity;q=0.2, *;q=0.3", "gzip"),
      ("br", nil), ("", nil), ("gzip;q=oops", nil), ("gzip;level=9", "gzip"),
      ("GZIP;Q=0.1", "gzip"), ("gzip gzip", nil), ("gzip;q=0, gzip", nil),
    ] as [(String, String?)])
  func `picks`(value: String, choice: String?) {
    #expect(WeightedTokens([value]).best(of: ["gzip", "identity"]) == choice)
  }

  @Test func `says nothing of what is not listed`() {
    let tokens = WeightedTokens(["gzip"])
    #expect(tokens.quality(of: "identity") == nil)
    #expect(tokens.quality(of: "GZip") == .full)
    #expect(tokens.best(of: ["identity"], unlisted: QualityValue(thousandths: 1)) == "identity")
  }
}
