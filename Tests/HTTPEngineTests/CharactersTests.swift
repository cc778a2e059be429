import Testing

@testable import HTTPEngine

struct CharactersTests {
  @Test(arguments: [1, 7, 8, 9, 16, 23])
  func `finds the byte that no field value holds at any place`(count: Int) {
    for place in 0..<count {
      for byte in UInt8.min...UInt8.max {
        var bytes = [UInt8](repeating: 0x61, count: count)
        bytes[place] = byte
        let isAllowed = byte == 0x09 || byte >= 0x20 && byte != 0x7F
        #expect(
          Characters.endOfFieldValue(in: bytes.span, from: 0) == (isAllowed ? count : place))
      }
    }
  }

  @Test func `takes tabs and bytes above ASCII beside each other`() {
    let bytes: [UInt8] = [0x09, 0x80, 0xFF, 0x20, 0x7E, 0x9F, 0x81, 0x09, 0xA0]
    #expect(Characters.isFieldValue(bytes.span))
    #expect(Characters.isFieldValue([UInt8]().span))
  }

  @Test(arguments: [("a-b", 3), ("a b", 1), ("", 0), ("a:", 1), ("\u{80}", 0)])
  func `finds the end of a token`(text: String, end: Int) {
    #expect(Characters.endOfToken(in: text.utf8.span, from: 0) == end)
    #expect(Characters.isToken(text.utf8.span) == (end > 0 && end == text.utf8.count))
  }

  @Test func `finds a byte from a place on`() {
    let text = "a,b,c".utf8.span
    #expect(Characters.firstIndex(of: UInt8(ascii: ","), in: text) == 1)
    #expect(Characters.firstIndex(of: UInt8(ascii: ","), in: text, from: 2) == 3)
    #expect(Characters.firstIndex(of: UInt8(ascii: ","), in: text, from: 4) == nil)
  }
}
