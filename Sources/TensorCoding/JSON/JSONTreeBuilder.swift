import CSimdjson
internal import Tensors

/// Turns the parser's node table into values.
///
/// Safety: every offset in the table was written by the parser for the very buffers that come with
/// it, and both outlive the builder, which exists only inside ``JSONDocument/parse(_:limits:)``.
@unsafe
struct JSONTreeBuilder {
  private let document: vflow_json_document
  private let source: UnsafeRawBufferPointer
  /// What the source is, if texts may stay in it.
  private let storage: TensorStorage?
  private let block: NumberBlock
  private var next = 0

  /// Takes the numbers over from the document.
  init(
    document: inout vflow_json_document, source: UnsafeRawBufferPointer, storage: TensorStorage?
  ) {
    unsafe self.storage = storage
    unsafe block = NumberBlock(adopting: document.doubles, count: document.double_count)
    unsafe document.doubles = nil
    unsafe self.document = document
    unsafe self.source = source
  }

  /// The next value of the table; recursion is as deep as the document, which the parser limits.
  mutating func value() -> JSONValue {
    let node = unsafe document.nodes[next]
    unsafe next += 1
    switch vflow_json_kind(UInt32(node.kind)) {
    case VFLOW_JSON_FALSE: return .bool(false)
    case VFLOW_JSON_TRUE: return .bool(true)
    case VFLOW_JSON_INTEGER: return .number(JSONNumber(Int64(bitPattern: node.value)))
    case VFLOW_JSON_REAL: return .number(JSONNumber(Double(bitPattern: node.value)))
    case VFLOW_JSON_NEGATIVE_ZERO: return .number(.negativeZero)
    case VFLOW_JSON_TEXT, VFLOW_JSON_UNESCAPED_TEXT: return unsafe .string(text(node))
    case VFLOW_JSON_ARRAY: return unsafe .array(array(node))
    case VFLOW_JSON_OBJECT: return unsafe .object(object(node))
    case VFLOW_JSON_NUMBERS: return unsafe .numbers(numbers(node))
    default: return .null
    }
  }

  private mutating func array(_ node: vflow_json_node) -> [JSONValue] {
    var values: [JSONValue] = []
    values.reserveCapacity(Int(node.count))
    for _ in 0..<node.count { unsafe values.append(value()) }
    return values
  }

  private mutating func object(_ node: vflow_json_node) -> JSONObject {
    var members: [(key: String, value: JSONValue)] = []
    members.reserveCapacity(Int(node.count))
    for _ in 0..<node.count {
      let key = unsafe text(document.nodes[next])
      unsafe next += 1
      unsafe members.append((key, longText(of: key) ?? value()))
    }
    return JSONObject(members: members)
  }

  /// The next value of the table, if it is one that stays in the document.
  private mutating func longText(of key: String) -> JSONValue? {
    let node = unsafe document.nodes[next]
    guard node.count >= JSONText.shortest, let storage = unsafe storage,
      key == TensorJSON.encodedKey,
      vflow_json_kind(UInt32(node.kind)) == VFLOW_JSON_TEXT
    else { return nil }
    unsafe next += 1
    return .text(JSONText(Int(node.value)..<Int(node.value + node.count), of: storage))
  }

  private func text(_ node: vflow_json_node) -> String {
    let isSource = vflow_json_kind(UInt32(node.kind)) == VFLOW_JSON_TEXT
    let base = unsafe isSource ? source.baseAddress : UnsafeRawPointer(document.text)
    let start = unsafe base.map { unsafe $0 + Int(node.value) }
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: Int(node.count))
    return unsafe String(decoding: bytes, as: UTF8.self)
  }

  private func numbers(_ node: vflow_json_node) -> PackedNumbers {
    var shape = [Int(node.count)]
    if node.rank > 1 {
      let axes = Int(node.count)..<Int(node.count) + Int(node.rank)
      shape = axes.map { unsafe Int(document.dims[$0]) }
    }
    return unsafe PackedNumbers(
      shape: shape, isInteger: node.integers, block: block, start: Int(node.value))
  }
}
