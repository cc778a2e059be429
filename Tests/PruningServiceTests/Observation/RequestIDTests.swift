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
    ]) func `anything else is replaced by 128 random bits`(text: String?)
  {
    let first = RequestID(proposal: text).text
    #expect(first != text)
    #expect(first.utf8.count == 32)
    #expect(first.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    #expect(first != RequestID(proposal: text).text)
  }
}
