import Testing

@testable import PruningService

@Suite struct APIKeyTests {
  @Test func `a key has 256 bits that no other has`() {
    let keys = (0..<64).map { _ in APIKey().text }
    #expect(Set(keys).count == keys.count)
    for key in keys {
      #expect(key.hasPrefix("vflowopt_"))
      #expect(key.utf8.count == "vflowopt_".utf8.count + 43)
      #expect(key.dropFirst(9).allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
    }
  }

  @Test func `the entry lets the key in`() throws {
    let key = APIKey()
    let file = try ScratchFile(key.entry(name: "ci", scopes: [.prune, .read]), name: "keys.toml")
    let policy = AccessPolicy(
      clients: try withExtendedLifetime(file) { try AccessFile.clients(at: file.path) })
    #expect(policy.client(withKey: key.text)?.name == "ci")
    #expect(policy.client(withKey: key.text)?.scopes == [.prune, .read])
    #expect(policy.client(withKey: APIKey().text) == nil)
    #expect(policy.client(withKey: String(key.text.dropLast())) == nil)
    #expect(!key.entry(name: "ci", scopes: [.read]).contains(key.text))
  }

  @Test(
    arguments: [
      ("a", true), ("A-z.9_@x", true), (String(repeating: "a", count: 64), true), ("", false),
      (String(repeating: "a", count: 65), false), ("a b", false), ("é", false), ("a\"", false),
      ("a:b", false), ("a\n", false),
    ]) func `names are words`(text: String, isName: Bool)
  { #expect(APIKey.isName(text) == isName) }
}
