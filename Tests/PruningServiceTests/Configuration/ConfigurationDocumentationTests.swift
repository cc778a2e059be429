import Foundation
import Testing

@testable import PruningService

@Suite struct ConfigurationDocumentationTests {
  private func file(_ path: String) -> URL {
    var root = URL(filePath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    return root.appending(path: path)
  }

  @Test(
    arguments: [
      ("docs/configuration.md", ConfigurationKey.documentation),
      ("deploy/vflowopt.toml", ConfigurationKey.exampleFile),
    ]) func `the pages are what the table of keys says`(path: String, text: String) throws
  {
    // VFLOWOPT_ is the program's prefix, so the switch that rewrites the pages has another.
    if ProcessInfo.processInfo.environment["REWRITE_DOCUMENTATION"] == "1" {
      try text.write(to: file(path), atomically: true, encoding: .utf8)
    }
    let isSame = try String(contentsOf: file(path), encoding: .utf8) == text
    #expect(isSame, "run REWRITE_DOCUMENTATION=1 swift test --filter ConfigurationDocumentation")
  }

  @Test func `every key has one row`() {
    let rows = ConfigurationKey.documentation.split(separator: "\n").filter {
      $0.hasPrefix("| `--")
    }
    #expect(rows.count == ConfigurationKey.all.count)
    for (row, key) in zip(rows, ConfigurationKey.all) {
      #expect(row.contains("`\(key.environmentName)`"))
      #expect(row.contains(key.isReloadable ? "| reload |" : "| restart |"))
      #expect(row.split(separator: "|").count == 7)
    }
  }

  @Test func `the example file says the defaults when every line is uncommented`() throws {
    let lines = ConfigurationKey.exampleFile.split(separator: "\n")
      .filter { $0.hasPrefix("#") && !$0.hasPrefix("# ") && $0 != "#" }
    #expect(lines.count == ConfigurationKey.all.count)
    let text = lines.map { $0.dropFirst() }.joined(separator: "\n")
    let configuration = try ScratchFile(text).configuration()
    for key in ConfigurationKey.all where key.machineDefault == nil {
      #expect(key.show(configuration) == key.fallback, "\(key.name)")
    }
  }

  @Test func `the example file as it is changes nothing`() throws {
    let configuration = try ScratchFile(ConfigurationKey.exampleFile).configuration()
    #expect(configuration.sources.isEmpty)
  }
}
