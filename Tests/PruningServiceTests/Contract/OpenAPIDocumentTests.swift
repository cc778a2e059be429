import Foundation
import Testing

@testable import PruningService

@Suite struct OpenAPIDocumentTests {
  @Test func `the embedded contract is the file, byte for byte`() throws {
    var root = URL(filePath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    let file = try Data(contentsOf: root.appending(path: "openapi.yaml"))
    // A bare Bool: a difference should not print both documents.
    let isSame = Data(OpenAPIDocument.bytes) == file
    #expect(isSame)
  }

  @Test func `the contract has the version of the program`() {
    let text = String(decoding: OpenAPIDocument.bytes, as: UTF8.self)
    #expect(text.contains("\n  version: \(ServiceVersion.current)\n"))
  }
}
