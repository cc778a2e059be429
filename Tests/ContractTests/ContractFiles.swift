import Foundation
import Testing

/// The repository's own contract, examples and pages, read from the source tree.
enum ContractFiles {
  /// The folder of the package.
  static var root: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
  }

  /// A file's text.
  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// A file as JSON.
  static func json(_ path: String) throws -> NSObject {
    let data = try Data(contentsOf: root.appending(path: path))
    let value = try JSONSerialization.jsonObject(with: data) as? NSObject
    return try #require(value)
  }

  /// The lines of `openapi.yaml` below a key, up to the next line that is indented no deeper.
  ///
  /// The document is written in block style with two spaces a level, so its outline can be read
  /// without a YAML parser.
  static func section(_ keys: String...) throws -> [Substring] {
    var lines = try text("openapi.yaml").split(separator: "\n")[...]
    for (depth, key) in keys.enumerated() {
      let indent = String(repeating: "  ", count: depth)
      let start = try #require(lines.firstIndex { $0 == indent + key + ":" })
      let body = lines[(start + 1)...]
      let end = body.firstIndex { !$0.hasPrefix(indent + "  ") } ?? body.endIndex
      lines = body[..<end]
    }
    return Array(lines)
  }

  /// The keys at exactly `depth` levels of a section.
  static func keys(of section: [Substring], depth: Int) -> [String] {
    let indent = String(repeating: "  ", count: depth)
    return section.filter { $0.hasPrefix(indent) && !$0.hasPrefix(indent + " ") }
      .compactMap { $0.hasSuffix(":") ? $0.dropFirst(indent.count).dropLast() : nil }
      .map(String.init)
  }
}
