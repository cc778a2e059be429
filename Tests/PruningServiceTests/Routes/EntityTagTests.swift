import HTTPEngine
import Testing

@testable import PruningService

@Suite struct EntityTagTests {
  /// The test vectors of FNV-1a's authors.
  @Test(arguments: [
    ("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8"),
  ])
  func `is the hash of the content in quotes`(_ content: String, _ hash: String) {
    #expect(EntityTag(of: Array(content.utf8)).fieldValue == "\"\(hash)\"")
  }

  @Test func `each content coding has its own`() {
    let tag = EntityTag(of: Array("a".utf8))
    #expect(tag.fieldValue(of: .gzip) == "\"af63dc4c8601ec8c-gzip\"")
    #expect(tag.fieldValue(of: .deflate) == "\"af63dc4c8601ec8c-deflate\"")
    #expect(tag.fieldValue(of: .identity) == tag.fieldValue)
  }

  @Test func `differs where the content differs`() {
    let tags = (0..<1000).map { EntityTag(of: Array("page \($0)".utf8)).fieldValue }
    #expect(Set(tags).count == 1000)
    #expect(tags.allSatisfy { $0.utf8.count == 18 })
  }
}
