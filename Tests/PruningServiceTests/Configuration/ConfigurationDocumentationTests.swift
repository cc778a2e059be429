import Foundation
import Testing

@testable import PruningService

@Suite struct ConfigurationDocumentationTests {
  private var file: URL {
    var root = URL(filePath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    return root.appending(path: "docs/configuration.md")
  }

  @Test func `the page is what the table of keys says`() throws {
    let text = ConfigurationKey.documentation
    // VFLOWOPT_ is the program's prefix, so the switch that rewrites the page has another.
    if ProcessInfo.processInfo.environment["REWRITE_DOCUMENTATION"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let isSame = try String(contentsOf: file, encoding: .utf8) == text
    #expect(isSame, "run REWRITE_DOCUMENTATION=1 swift test --filter ConfigurationDocumentation")
  }

  @Test func `every key has one row`() {
    let rows = ConfigurationKey.documentation.split(separator: "\n").filter {
      $0.hasPrefix("| `--")
    }
    #expect(rows.count == ConfigurationKey.all.count)
    for (row, key) in zip(rows, ConfigurationKey.all) {
      #expect(row.contains("`\(key.environmentName)`"))
      #expect(row.split(separator: "|").count == 6)
    }
  }
}
