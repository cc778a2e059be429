import Testing

@testable import PruningService

@Suite struct FileSpellingTests {
  @Test(
    arguments: [
      (FileSpelling.integer, "17", "17"), (.integer, "", "\"\""), (.size, "512MiB", "\"512MiB\""),
      (.size, "4096", "4096"), (.seconds, "0.250", "0.250"), (.text, "::1", "\"::1\""),
      (.text, "80", "\"80\""), (.text, "a\"b\\c", "\"a\\\"b\\\\c\""),
    ]) func `a literal reads back as the text it stands for`(
      spelling: FileSpelling, text: String, literal: String
    ) throws
  {
    #expect(spelling.literal(text) == literal)
    let file = try TOMLFile(path: "x", content: Array("key = \(literal)".utf8))
    let value = try #require(file.entries.first?.value)
    let read = try #require(spelling.flagText(of: value))
    #expect(read == text || Double(read) == Double(text))
  }
}
