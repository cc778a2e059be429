internal import CTOML
import FoundationEssentials

/// A TOML file, parsed by toml++; every value knows its line.
struct TOMLFile: Sendable {
  /// What it was opened as.
  let path: String
  /// The members of the root table, in the order of their lines.
  let entries: [TOMLEntry]

  /// More than any file of settings or keys needs.
  static let maximumBytes = 1 << 20

  /// Reads and parses a file.
  ///
  /// - Parameter path: Where it is.
  /// - Throws: ``TOMLError`` with any of its codes.
  init(path: String) throws(TOMLError) {
    guard let content = try? Data(contentsOf: URL(filePath: path)) else {
      throw TOMLError(code: .unreadable, line: nil, detail: "cannot be read")
    }
    try self.init(path: path, content: [UInt8](content))
  }

  /// Parses the content of a file.
  ///
  /// - Parameters:
  ///   - path: What faults are told of.
  ///   - content: The bytes of the file.
  /// - Throws: ``TOMLError`` when there are too many or they break the grammar.
  init(path: String, content: [UInt8]) throws(TOMLError) {
    guard content.count <= Self.maximumBytes else {
      throw TOMLError(
        code: .tooLarge, line: nil, detail: "has more than \(Self.maximumBytes) bytes")
    }
    self.path = path
    entries = try Self.parse(content)
  }

  private static func parse(_ content: [UInt8]) throws(TOMLError) -> [TOMLEntry] {
    // The document's pointers belong to it until it is released, after everything was copied out;
    // the parser copies what it needs from the content during its call.
    var document = unsafe vflow_toml_document()
    unsafe vflow_toml_parse(content, content.count, &document)
    defer { unsafe vflow_toml_release(&document) }
    guard unsafe document.status == VFLOW_TOML_OK else { throw unsafe TOMLError(document) }
    var reader = unsafe TOMLReader(document)
    guard case .table(let entries) = reader.next().value else { return [] }
    return entries
  }
}

extension TOMLError {
  fileprivate init(_ document: vflow_toml_document) {
    guard unsafe document.status == VFLOW_TOML_SYNTAX else {
      self.init(code: .tooLarge, line: nil, detail: "does not fit in memory")
      return
    }
    let text = unsafe UnsafeBufferPointer(start: document.text, count: document.text_length)
    unsafe self.init(
      code: .syntax, line: Int(document.error_line),
      detail: String(decoding: UnsafeRawBufferPointer(text), as: UTF8.self))
  }
}

/// Walks the table of a document, which lists values in pre-order.
///
/// Safe: it lives inside the one function that parses and releases the document; places and lengths
/// in its table are the parser's own and lie inside its text.
@safe private struct TOMLReader {
  private let document: vflow_toml_document
  private var index = 0

  init(_ document: vflow_toml_document) { unsafe self.document = unsafe document }

  /// Reads the next value with all that is in it; the parser bounds the depth.
  mutating func next() -> TOMLEntry {
    let node = unsafe document.nodes[index]
    index += 1
    let key = text(at: UInt64(node.key), count: UInt64(node.key_length))
    return TOMLEntry(key: key, line: Int(node.line), value: value(of: node))
  }

  private mutating func value(of node: vflow_toml_node) -> TOMLValue {
    switch vflow_toml_kind(node.kind) {
    case VFLOW_TOML_TEXT: .text(text(at: node.value, count: node.count))
    case VFLOW_TOML_INTEGER: .integer(Int(Int64(bitPattern: node.value)))
    case VFLOW_TOML_REAL: .number(Double(bitPattern: node.value))
    case VFLOW_TOML_BOOLEAN: .boolean(node.value != 0)
    case VFLOW_TOML_ARRAY: .array(entries(Int(node.count)))
    case VFLOW_TOML_TABLE: .table(entries(Int(node.count)))
    default: .moment
    }
  }

  private mutating func entries(_ count: Int) -> [TOMLEntry] {
    var entries: [TOMLEntry] = []
    for _ in 0..<count { entries.append(next()) }
    return entries
  }

  private func text(at offset: UInt64, count: UInt64) -> String {
    let start = unsafe document.text?.advanced(by: Int(offset))
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: Int(count))
    return unsafe String(decoding: bytes, as: UTF8.self)
  }
}
