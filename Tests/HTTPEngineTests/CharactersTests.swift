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
        let end = Characters.endOfFieldValue(in: bytes.span, from: 0)
        #expect(end == (isAllowed ? count : place), "byte \(byte)")
      }
    }
  }

  @Test func `takes tabs and bytes above ASCII beside each other`() {
    let bytes: [UInt8] = [0x09, 0x80, 0xFF, 0x20, 0x7E, 0x9F, 0x81, 0x09, 0xA0]
    let isValue = Characters.isFieldValue(bytes.span)
    #expect(isValue)
    let none: [UInt8] = []
    let isEmptyValue = Characters.isFieldValue(none.span)
    #expect(isEmptyValue)
  }

  @Test(arguments: [("a-b", 3), ("a b", 1), ("", 0), ("a:", 1), ("\u{80}", 0)])
  func `finds the end of a token`(text: String, end: Int) {
    let found = Characters.endOfToken(in: text.utf8.span, from: 0)
    #expect(found == end)
    let isToken = Characters.isToken(text.utf8.span)
    #expect(isToken == (end > 0 && end == text.utf8.count))
  }

  @Test func `finds a byte from a place on`() {
    let text = Array("a,b,c".utf8)
    let places = (0...4).map {
      Characters.firstIndex(of: UInt8(ascii: ","), in: text.span, from: $0)
    }
    #expect(places == [1, 1, 3, 3, nil])
  }
}
