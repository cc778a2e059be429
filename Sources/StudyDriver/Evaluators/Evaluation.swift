internal import Glibc
internal import TensorCoding
internal import Tensors

/// What an evaluator brought, as the body that the service takes for it.
struct Evaluation: Sendable, Equatable {
  /// The body of `:tell`, `:report` or `PUT …/baseline`.
  let body: [UInt8]
  /// What it is.
  let mediaType: String
  /// Whether the strategy cannot be run at all.
  var isInfeasible = false

  static let json = "application/json"
  static let safetensors = "application/vnd.safetensors"

  /// Reads an answer.
  ///
  /// - Parameters:
  ///   - answer: What a command wrote, or a server answered with.
  ///   - request: What it was asked for: where only some rows were wanted, the body says which.
  /// - Throws: ``StudyDriverError/Code/evaluationFailed``, ``StudyDriverError/Code/unusableFile``.
  init(_ answer: [UInt8], to request: EvaluationRequest) throws(StudyDriverError) {
    guard !Self.isSafetensors(answer) else {
      try self.init(safetensors: answer, request)
      return
    }
    guard let value = JSONValue(answer) else {
      throw StudyDriverError(
        .evaluationFailed,
        "the evaluator's answer is neither JSON nor safetensors\(Self.hint(answer))")
    }
    if let path = value["file"]?.text {
      let content = try FileContent.read(path)
      // A file that names another file would go on for ever.
      guard JSONValue(content)?["file"] == nil else {
        throw StudyDriverError(.evaluationFailed, "the evaluator's file names another file")
      }
      try self.init(content, to: request)
      return
    }
    try self.init(json: value, request)
  }

  private init(json value: JSONValue, _ request: EvaluationRequest) throws(StudyDriverError) {
    mediaType = Self.json
    let isInfeasible = value["infeasible"]?.truth == true
    self.isInfeasible = isInfeasible
    var writer = JSONWriter(reserving: 4096)
    switch value {
    case .number(let number) where request.rows == nil:
      writer.object { $0.field("value", number.double) }
    case .object(let object):
      writer.object { writer in
        for (key, member) in object.members where key != "rows" {
          writer.key(key)
          writer.value(member)
        }
        guard let rows = request.rows, !isInfeasible else { return }
        writer.key("rows")
        writer.value(rows)
      }
    default:
      throw StudyDriverError(
        .evaluationFailed, "the evaluator's answer must be an object, or the value of all rows")
    }
    body = writer.bytes
  }

  /// The rows, where only some were wanted, go into the file's metadata.
  private init(
    safetensors file: [UInt8], _ request: EvaluationRequest
  ) throws(StudyDriverError) {
    mediaType = Self.safetensors
    guard let rows = request.rows else {
      body = file
      return
    }
    do throws(CodingError) {
      body = try Self.file(file, with: rows)
    } catch {
      throw StudyDriverError(
        .evaluationFailed, "the evaluator's answer is no safetensors file: \(error.code)")
    }
  }

  private static func file(_ bytes: [UInt8], with rows: [Int]) throws(CodingError) -> [UInt8] {
    let storage = TensorStorage(byteCount: bytes.count) { target in
      // Both are as long as the file; the pointer is used only inside the closure.
      unsafe target.withUnsafeMutableBytes { unsafe $0.copyBytes(from: bytes) }
    }
    let file = try SafetensorsFile(storage: storage)
    var request = JSONWriter()
    request.object { request in
      request.key("rows")
      request.value(rows)
    }
    var writer = SafetensorsWriter(reserving: file.tensors.count)
    for (name, tensor) in file.tensors {
      writer.declare(name, dtype: tensor.dtype, shape: tensor.shape)
    }
    writer.addMetadata("request", String(decoding: request.bytes, as: UTF8.self))
    let layout = try writer.layout()
    var result = [UInt8](repeating: 0, count: layout.byteCount)
    try Self.writeHeader(of: layout, into: &result)
    for ((_, tensor), range) in zip(file.tensors, layout.ranges) {
      // The range is as long as the tensor; the pointer is used only inside the closure.
      unsafe tensor.bytes.withUnsafeBytes { unsafe result.replaceSubrange(range, with: $0) }
    }
    return result
  }

  private static func writeHeader(
    of layout: SafetensorsLayout, into file: inout [UInt8]
  ) throws(CodingError) {
    var span = file.mutableSpan
    // Bytes have no padding between them.
    var bytes = unsafe span.mutableBytes
    try layout.writeHeader(into: &bytes)
  }

  /// What many programs write into JSON that is not JSON.
  private static func hint(_ answer: [UInt8]) -> String {
    let text = String(decoding: answer.prefix(1 << 16), as: UTF8.self)
    return ["NaN", "Infinity"].first { text.contains($0) }.map {
      "; \($0) is no JSON: a value that is not finite is null"
    } ?? ""
  }

  /// JSON has no zero bytes; the length of a safetensors header ends with some.
  private static func isSafetensors(_ bytes: [UInt8]) -> Bool {
    bytes.count > 8 && bytes[7] == 0
  }
}
