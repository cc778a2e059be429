import Testing

@testable import PruningService

@Suite struct RequestIDTests {
  @Test(arguments: ["a", "A.b_c-9", String(repeating: "x", count: 128)])
  func `a harmless identifier is kept`(text: String) {
    #expect(RequestID(proposal: text).text == text)
  }

  @Test(
    arguments: [
      nil, "", " ", "a b", "a\n", "a,b", "\u{e9}", "<x>", String(repeating: "x", count: 129),
    ]) func `anything else is replaced by 128 bits`(text: String?)
  {
    let first = RequestID(proposal: text).text
    #expect(first != text)
    #expect(first.utf8.count == 32)
    #expect(first.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    #expect(first != RequestID(proposal: text).text)
  }

  @Test func `identifiers that are made never repeat`() {
    let made = (0..<10_000).map { _ in RequestID(proposal: nil).text }
    #expect(Set(made).count == made.count)
  }
}
