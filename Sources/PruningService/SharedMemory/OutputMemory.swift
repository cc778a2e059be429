import HTTPEngine
internal import TensorCoding
import Tensors

/// Where in a client's region the tokens of an answer go.
struct OutputMemory: Sendable {
  let region: SharedRegion
  /// The bytes of the region that may be written.
  let range: Range<Int>
  /// How the request names them.
  let reference: MemoryReference
  let room: CopyRoom

  /// Where each item's tokens begin, as kernels and other devices like it.
  static let alignment = 64
}

/// The tokens of one answer on their way into a region: places first, bytes when all of them fit.
struct OutputPlan {
  private struct Part {
    let rows: TokenRows
    let range: Range<Int>
  }

  private static let slack = OutputMemory.alignment - 1

  private let output: OutputMemory
  private var parts: [Part] = []
  private var end: Int

  init(_ output: OutputMemory) {
    self.output = output
    end = output.range.lowerBound
  }

  /// Gives an item's tokens their place.
  ///
  /// - Parameter rows: The tokens.
  /// - Returns: What the answer says instead of the elements.
  mutating func place(_ rows: TokenRows) -> AnswerValue {
    let used = end - output.range.lowerBound
    let start = output.range.lowerBound + (used + Self.slack) / (Self.slack + 1) * (Self.slack + 1)
    // The rows are fewer than those of the input, which lie in memory.
    end = start + rows.dimensions.reduce(rows.dtype.byteSize, *)
    parts.append(Part(rows: rows, range: start..<end))
    var place = AnswerObject()
    place.append("region", .string(output.reference.region))
    place.append("offset", .integer(start))
    place.append("byte_size", .integer(end - start))
    var tensor = AnswerObject()
    tensor.append("dtype", .string(rows.dtype.rawValue))
    tensor.append("shape", .list(rows.dimensions.map { .integer($0) }))
    tensor.append(MemoryReference.member, .object(place))
    return .object(tensor)
  }

  /// Writes all tokens, or none if they do not fit.
  func write(_ checkpoint: Checkpoint) throws(ServiceProblem) {
    guard end <= output.range.upperBound else {
      throw .field(
        output.reference.pointer.appending("byte_size"),
        "must be at least \(end - output.range.lowerBound) for the tokens of this answer")
    }
    for part in parts {
      try checkpoint()
      try write(part)
    }
  }

  private func write(_ part: Part) throws(ServiceProblem) {
    let mapped: Void? = try output.region.withMutableBytes(part.range) {
      (bytes) throws(ServiceProblem) in try part.rows.gather(into: &bytes)
    }
    guard mapped == nil else { return }
    let buffer = try output.room.buffer(part.range.count)
    var problem: ServiceProblem?
    buffer.write { bytes in
      var target = bytes._mutatingExtracting(0..<part.range.count)
      do throws(ServiceProblem) { try part.rows.gather(into: &target) } catch { problem = error }
      return part.range.count
    }
    if let problem { throw problem }
    guard output.region.write(buffer.bytes, at: part.range.lowerBound) else {
      throw .shrunk(output.reference)
    }
  }
}
