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
    var writer = SafetensorsWriter()
    do {
      for tensor in tensors {
        let shape = try Shape(checking: tensor.payload.dimensions)
        writer.declare(tensor.name, dtype: tensor.payload.dtype, shape: shape)
      }
      let response = response(timing: tellsTiming ? .longest : nil)
      // The key and its value with their quotes, a colon and a comma.
      writer.reserve(
        metadataByteCount: Self.responseKey.utf8.count + Self.escapedByteCount(response) + 6)
      return try writer.layout()
    } catch { throw ServiceProblem(.internal, detail: "the answer does not fit in memory") }
  }

  private func write(
    into file: inout MutableRawSpan, _ layout: SafetensorsLayout, timing: () -> PhaseTiming?
  ) throws(ServiceProblem) {
    for (tensor, range) in zip(tensors, layout.ranges) {
      var place = file._mutatingExtracting(range)
      try tensor.payload.write(into: &place)
    }
    let response = String(decoding: response(timing: timing()), as: UTF8.self)
    do throws(CodingError) {
      try layout.writeHeader(into: &file, lateMetadata: [(Self.responseKey, response)])
    } catch { throw ServiceProblem(.internal, detail: "the answer's header has no room") }
  }

  /// The JSON beside the tensors, the timing last.
  private func response(timing: PhaseTiming?) -> [UInt8] {
    guard let timing else { return rest }
    var writer = JSONWriter(reserving: 160)
    writer.object { $0.timing(timing) }
    // Two objects become one: `{…}` and `{"timing":…}`, of which the first may be empty.
    var response = rest
    response.removeLast()
    if rest.count > 2 { response.append(UInt8(ascii: ",")) }
    response += writer.bytes[1...]
    return response
  }

  /// The size inside a JSON string: JSON text has no control characters, so only `"` and `\`
  /// are escaped.
  private static func escapedByteCount(_ json: [UInt8]) -> Int {
    json.reduce(json.count) { count, byte in
      byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? count + 1 : count
    }
  }

  private static let responseKey = "response"
}
