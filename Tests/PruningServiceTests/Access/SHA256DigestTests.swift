import Testing

@testable import PruningService

@Suite struct SHA256DigestTests {
  /// FIPS 180-2, appendix B.1.
  @Test func `the digest of abc is the standard's`() {
    let digest = SHA256Digest(of: "abc".utf8)
    #expect(
      digest.hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(SHA256Digest(hexadecimal: digest.hexadecimal) == digest)
    #expect(SHA256Digest(hexadecimal: digest.hexadecimal.uppercased()) == digest)
    #expect(digest != SHA256Digest(of: "abd".utf8))
  }

  @Test(arguments: [0, 63, 65, 64])
  func `only 64 hexadecimal digits are a digest`(count: Int) {
    let text = String(repeating: "0", count: max(count - 1, 0)) + (count == 64 ? "g" : "0")
    #expect(SHA256Digest(hexadecimal: text.prefix(count)) == nil)
  }
}
