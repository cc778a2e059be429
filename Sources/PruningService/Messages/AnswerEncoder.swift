internal import TensorCoding
internal import Tensors
internal import TokenPruning

/// Writes answers; both encodings carry the same facts.
public enum AnswerEncoder {
  /// Writes an answer into memory of its own or the caller's.
  ///
  /// - Parameters:
  ///   - answer: What to write; rows of tokens are gathered now.
  ///   - encoding: How to write it.
  ///   - timing: The phases so far; its encode phase ends when it is written into the answer.
  ///   - now: The caller's monotonic clock in nanoseconds.
  ///   - makeBuffer: Takes memory of exactly the size of a binary answer.
  /// - Returns: The answer's bytes.
  /// - Throws: What the method finds wrong while it gathers.
  public static func encode<Buffer: AnswerBuffer>(
    _ answer: AnswerDocument, as encoding: MessageEncoding, timing: inout PhaseTiming,
    now: () -> UInt64, makeBuffer: (Int) -> Buffer
  ) throws(ServiceProblem) -> EncodedAnswer<Buffer> {
    let start = now()
    let phases = timing
    defer { timing.encodeNanoseconds = now() - start }
    func phasesUntilNow() -> PhaseTiming? {
      guard answer.tellsTiming else { return nil }
      var phases = phases
      phases.encodeNanoseconds = now() - start
      return phases
    }
    switch encoding {
    case .json:
      return .bytes(try json(answer.body, timing: phasesUntilNow))
    case .safetensors:
      let file = SafetensorsAnswer(answer.body)
      return .buffer(
        try file.write(
          tellsTiming: answer.tellsTiming, timing: phasesUntilNow, makeBuffer: makeBuffer))
    }
  }

  /// Writes a document; `timing` is asked for when everything else has been written.
  static func json(
    _ object: AnswerObject, timing: () -> PhaseTiming? = { nil }
  ) throws(ServiceProblem) -> [UInt8] {
    var writer = JSONWriter()
    try writer.object { (writer) throws(ServiceProblem) in
      try writer.members(of: object)
      guard let timing = timing() else { return }
      writer.timing(timing)
    }
    return writer.bytes
  }
}

extension JSONWriter {
  /// Writes numbers in order.
  mutating func list(_ numbers: [Double]) {
    array { writer in for number in numbers { writer.value(number) } }
  }

  /// Writes whole numbers in order.
  mutating func list(_ integers: [Int]) {
    array { writer in for integer in integers { writer.value(integer) } }
  }

  /// Writes the member that tells the phases' durations.
  mutating func timing(_ timing: PhaseTiming) {
    key("timing")
    object { writer in
      for (name, microseconds) in timing.members { writer.field(name, microseconds) }
    }
  }

  fileprivate mutating func members(of object: AnswerObject) throws(ServiceProblem) {
    for member in object.members {
      key(member.name)
      try value(member.value)
    }
  }

  private mutating func value(_ value: AnswerValue) throws(ServiceProblem) {
    switch value {
    case .null: null()
    case .string(let text): self.value(text)
    case .integer(let integer): self.value(integer)
    case .number(let number): self.value(number)
    case .boolean(let truth): self.value(truth)
    case .object(let object):
      try self.object { (writer) throws(ServiceProblem) in try writer.members(of: object) }
    case .list(let elements):
      try array { (writer) throws(ServiceProblem) in
        for element in elements { try writer.value(element) }
      }
    case .numbers(let numbers): list(numbers)
    case .integers(let integers): list(integers)
    case .array(let array): self.value(array.elements)
    case .rows(let rows): self.value(try rows.gathered(), asBase64: rows.asBase64)
    }
  }

  private mutating func value(_ elements: AnswerArray.Elements) {
    switch elements {
    case .int32(let values): value(values.span)
    case .uint8(let values): value(values.span)
    case .float32(let values): value(values.span)
    }
  }
}

extension TokenRows {
  /// The rows as a tensor of their own.
  fileprivate func gathered() throws(ServiceProblem) -> Tensor {
    var problem: ServiceProblem?
    let byteCount = dimensions.reduce(dtype.byteSize, *)
    let storage = TensorStorage(byteCount: byteCount) { bytes in
      do throws(ServiceProblem) { try gather(into: &bytes) } catch { problem = error }
    }
    if let problem { throw problem }
    do throws(TensorError) {
      return try Tensor(dtype: dtype, shape: Shape(checking: dimensions), storage: storage)
    } catch { throw ServiceProblem(.internal, detail: "the answer does not fit in memory") }
  }
}
