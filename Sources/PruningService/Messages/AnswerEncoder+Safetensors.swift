internal import TensorCoding
internal import Tensors

extension SafetensorsAnswer {
  /// Writes the file into memory of just its size, the header last.
  ///
  /// The header has room for the longest durations, so that the file's length and its tensors
  /// do not depend on the clock.
  func write<Buffer: AnswerBuffer>(
    tellsTiming: Bool, timing: () -> PhaseTiming?, makeBuffer: (Int) -> Buffer
  ) throws(ServiceProblem) -> Buffer {
    let layout = try layout(tellsTiming: tellsTiming)
    let buffer = makeBuffer(layout.byteCount)
    var problem: ServiceProblem?
    buffer.write { file in
      do throws(ServiceProblem) {
        try write(into: &file, layout, timing: timing)
      } catch { problem = error }
      return layout.byteCount
    }
    if let problem { throw problem }
    return buffer
  }

  private func layout(tellsTiming: Bool) throws(ServiceProblem) -> SafetensorsLayout {
    var writer = SafetensorsWriter(reserving: tensors.count)
    do {
      for tensor in tensors {
        let shape = try Shape(checking: tensor.payload.dimensions)
        writer.declare(tensor.name, dtype: tensor.payload.dtype, shape: shape)
      }
      // The key and its value with their quotes, a colon and a comma.
      writer.reserve(
        metadataByteCount: Self.responseKey.utf8.count + byteCount(tellsTiming: tellsTiming) + 6)
      return try writer.layout()
    } catch { throw ServiceProblem(.internal, detail: "the answer does not fit in memory") }
  }

  /// The most bytes of the JSON beside the tensors inside a JSON string.
  private func byteCount(tellsTiming: Bool) -> Int {
    let withoutTiming = rest.bytes.escapedByteCount + 1
    guard tellsTiming else { return withoutTiming }
    // A comma after what there is, if there is more than the bracket.
    return withoutTiming + Self.longestTiming + (rest.bytes.count > 1 ? 1 : 0)
  }

  private func write(
    into file: inout MutableRawSpan, _ layout: SafetensorsLayout, timing: () -> PhaseTiming?
  ) throws(ServiceProblem) {
    for (tensor, range) in zip(tensors, layout.ranges) {
      var place = file._mutatingExtracting(range)
      try tensor.payload.write(into: &place)
    }
    var response = rest
    if let timing = timing() { response.timing(timing) }
    response.endObject()
    let text = String(decoding: response.bytes, as: UTF8.self)
    do throws(CodingError) {
      try layout.writeHeader(into: &file, lateMetadata: [(Self.responseKey, text)])
    } catch { throw ServiceProblem(.internal, detail: "the answer's header has no room") }
  }

  private static let responseKey = "response"

  /// The size of the longest `timing` member.
  private static let longestTiming = {
    var writer = JSONWriter(reserving: 160)
    writer.timing(.longest)
    return writer.bytes.escapedByteCount
  }()
}

extension [UInt8] {
  /// The size inside a JSON string: JSON text has no control characters, so only `"` and `\`
  /// are escaped.
  fileprivate var escapedByteCount: Int {
    let bytes = span
    var escapes = 0
    for index in bytes.indices {
      let byte = bytes[index]
      escapes &+= (byte == UInt8(ascii: "\"") ? 1 : 0) &+ (byte == UInt8(ascii: "\\") ? 1 : 0)
    }
    return count + escapes
  }
}
