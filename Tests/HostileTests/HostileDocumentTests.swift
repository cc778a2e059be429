import Foundation
import Testing

@Suite struct HostileDocumentTests {
  private var file: URL {
    var root = URL(filePath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    return root.appending(path: "docs/hostile-requests.md")
  }

  @Test func `the page is what the table says`() throws {
    let text = HostileDocument.text
    if ProcessInfo.processInfo.environment["REWRITE_DOCUMENTATION"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let isSame = (try? String(contentsOf: file, encoding: .utf8)) == text
    #expect(isSame, "run REWRITE_DOCUMENTATION=1 swift test --filter HostileDocument")
  }
}
