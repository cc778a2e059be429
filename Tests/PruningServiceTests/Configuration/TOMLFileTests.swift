import Testing

@testable import PruningService

@Suite struct TOMLFileTests {
  private func entries(_ text: String) throws(TOMLError) -> [TOMLEntry] {
    try TOMLFile(path: "x", content: Array(text.utf8)).entries
  }

  @Test func `every type is read, in the order of the lines`() throws {
    let entries = try entries(
      """
      z = "tab\\t, é"  # a comment
      y = -7
      x = 2.5
      w = true
      v = 12:30:00
      u = [1, [2]]
      [t]
      s = ''
      [[r]]
      [[r]]
      q = 9_000
      """)
    #expect(
      entries == [
        TOMLEntry(key: "z", line: 1, value: .text("tab\t, é")),
        TOMLEntry(key: "y", line: 2, value: .integer(-7)),
        TOMLEntry(key: "x", line: 3, value: .number(2.5)),
        TOMLEntry(key: "w", line: 4, value: .boolean(true)),
        TOMLEntry(key: "v", line: 5, value: .moment),
        TOMLEntry(
          key: "u", line: 6,
          value: .array([
            TOMLEntry(key: "", line: 6, value: .integer(1)),
            TOMLEntry(
              key: "", line: 6,
              value: .array([TOMLEntry(key: "", line: 6, value: .integer(2))])),
          ])),
        TOMLEntry(
          key: "t", line: 7,
          value: .table([TOMLEntry(key: "s", line: 8, value: .text(""))])),
        TOMLEntry(
          key: "r", line: 9,
          value: .array([
            TOMLEntry(key: "", line: 9, value: .table([])),
            TOMLEntry(
              key: "", line: 10,
              value: .table([TOMLEntry(key: "q", line: 11, value: .integer(9000))])),
          ])),
      ])
  }

  @Test func `an empty file has no entries`() throws {
    #expect(try entries("").isEmpty)
    #expect(try entries("# nothing\n").isEmpty)
    #expect(try entries("\u{FEFF}").isEmpty)
  }

  @Test(
    arguments: [
      ("a = 1\na = 2", 2), ("a = 'x", 1), ("a = 99999999999999999999", 1), ("\n\n?", 3),
      ("a = \"\\q\"", 1), ("a = 1 b = 2", 1),
    ]) func `a broken rule is told with its line`(text: String, line: Int) throws
  {
    let error = try #require(throws: TOMLError.self) { try entries(text) }
    #expect(error.code == .syntax)
    #expect(error.line == line)
    #expect(!error.detail.isEmpty)
  }

  @Test func `bytes that are not UTF-8 and files without end are refused`() throws {
    let bytes = try #require(throws: TOMLError.self) {
      try TOMLFile(path: "x", content: [0x61, 0x3D, 0x22, 0xFF, 0x22])
    }
    #expect(bytes.code == .syntax)
    let deep = try #require(throws: TOMLError.self) {
      try entries("a = " + String(repeating: "[", count: 100_000))
    }
    #expect(deep.code == .syntax)
    let long = try #require(throws: TOMLError.self) {
      try entries(String(repeating: "#", count: TOMLFile.maximumBytes + 1))
    }
    #expect(long.code == .tooLarge)
  }
}
