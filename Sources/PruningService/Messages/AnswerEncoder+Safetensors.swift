internal import TensorCoding
internal import Tensors
internal import TokenPruning

/// An answer divided into the tensors of a safetensors file and the JSON beside them.
struct SafetensorsAnswer {
  /// What a tensor holds.
  enum Payload {
    case array(AnswerArray)
    case rows(TokenRows)
  }

  /// The tensors, wide elements first, so that all of them are aligned.
  private(set) var tensors: [(name: String, payload: Payload)] = []
  /// Everything else.
  private(set) var rest = AnswerObject()

  private let tellsTiming: Bool

  /// Divides an answer.
  init(_ answer: AnswerObject, tellsTiming: Bool) {
    self.tellsTiming = tellsTiming
    if case .object(let rest) = divide(.object(answer), path: "") { self.rest = rest }
    let widest = 4
    tensors = (0..<widest).flatMap { narrower in
      tensors.filter { $0.payload.dtype.byteSize == widest - narrower }
    }
  }

  /// Takes the tensors out of `value`; nil where nothing else is left of it.
  private mutating func divide(_ value: AnswerValue, path: String) -> AnswerValue? {
    switch value {
    case .array(let array):
      tensors.append((path, .array(array)))
      return nil
    case .rows(let rows):
      tensors.append((path, .rows(rows)))
      return nil
    case .object(let object):
      var rest = AnswerObject()
      for (name, member) in object.members {
        rest.append(name, divide(member, path: path.isEmpty ? name : "\(path).\(name)"))
      }
      return rest.members.isEmpty && !object.members.isEmpty ? nil : .object(rest)
    case .list(let elements):
      return .list(
        elements.enumerated().map { divide($1, path: "\(path).\($0)") ?? .object(AnswerObject()) })
    case .string, .integer, .number, .boolean, .null:
      return value
    }
  }
}

extension SafetensorsAnswer {
  /// Writes the file into memory of just its size, the header last.
  ///
  /// The header has room for the longest durations, so that the file's length and its tensors
  /// do not depend on the clock.
  func write<Buffer: AnswerBuffer>(
    timing: () -> PhaseTiming?, makeBuffer: (Int) -> Buffer
  ) throws(ServiceProblem) -> Buffer {
    let layout = try layout()
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

  private func layout() throws(ServiceProblem) -> SafetensorsLayout {
    var writer = SafetensorsWriter()
    do {
      for (name, payload) in tensors {
        let shape = try Shape(checking: payload.dimensions)
        writer.declare(name, dtype: payload.dtype, shape: shape)
      }
      var room = JSONWriter()
      room.value(try response(timing: { tellsTiming ? .longest : nil }))
      // The key with its quotes, colon and comma.
      writer.reserve(metadataByteCount: room.bytes.count + Self.responseKey.utf8.count + 4)
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
    let response = try response(timing: timing)
    do throws(CodingError) {
      try layout.writeHeader(into: &file, lateMetadata: [(Self.responseKey, response)])
    } catch { throw ServiceProblem(.internal, detail: "the answer's header has no room") }
  }

  private func response(timing: () -> PhaseTiming?) throws(ServiceProblem) -> String {
    String(decoding: try AnswerEncoder.json(rest, timing: timing), as: UTF8.self)
  }

  private static let responseKey = "response"
}

extension SafetensorsAnswer.Payload {
  var dtype: DType {
    switch self {
    case .array(let array): array.elements.dtype
    case .rows(let rows): rows.dtype
    }
  }

  var dimensions: [Int] {
    switch self {
    case .array(let array): array.dimensions
    case .rows(let rows): rows.dimensions
    }
  }

  /// Writes the elements, little-endian, into just as many bytes.
  func write(into bytes: inout MutableRawSpan) throws(ServiceProblem) {
    switch self {
    case .rows(let rows): try rows.gather(into: &bytes)
    case .array(let array): array.elements.write(into: &bytes)
    }
  }
}

extension AnswerArray.Elements {
  fileprivate var dtype: DType {
    switch self {
    case .int32: .int32
    case .uint8: .uint8
    case .float32: .float32
    }
  }

  fileprivate func write(into bytes: inout MutableRawSpan) {
    switch self {
    case .int32(let values):
      for index in values.indices {
        bytes.storeBytes(of: values[index].littleEndian, toByteOffset: index * 4, as: Int32.self)
      }
    case .uint8(let values):
      for index in values.indices {
        bytes.storeBytes(of: values[index], toByteOffset: index, as: UInt8.self)
      }
    case .float32(let values):
      for index in values.indices {
        bytes.storeBytes(
          of: values[index].bitPattern.littleEndian, toByteOffset: index * 4, as: UInt32.self)
      }
    }
  }
}

extension TokenRows {
  /// The element type, that of the tokens as they came.
  var dtype: DType { input.tokens?.dtype ?? .float32 }

  /// `[count, width]`.
  var dimensions: [Int] { [selection.count, input.tokens?.shape.dimensions.last ?? 0] }

  /// Gathers the rows into just as many bytes.
  func gather(into bytes: inout MutableRawSpan) throws(ServiceProblem) {
    do throws(PruningError) {
      try pruner.gather(selection, from: input, into: &bytes)
    } catch { throw ServiceProblem(error, at: place) }
  }
}
