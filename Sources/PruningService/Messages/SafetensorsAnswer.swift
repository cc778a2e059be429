internal import TensorCoding
internal import Tensors
internal import TokenPruning

/// An answer divided into the tensors of a safetensors file and the JSON beside them.
struct SafetensorsAnswer {
  /// The tensors, wide elements first, so that all of them are aligned.
  let tensors: [NamedTensor]
  /// Everything else as a JSON object.
  let rest: [UInt8]

  /// Divides an answer.
  init(_ answer: AnswerObject) {
    var writer = JSONWriter(reserving: 2048)
    var parts = TensorParts()
    Self.divide(answer, path: "", into: &writer, &parts)
    tensors = parts.wide + parts.half + parts.narrow
    rest = writer.bytes
  }

  private static func divide(
    _ object: AnswerObject, path: String, into writer: inout JSONWriter, _ parts: inout TensorParts
  ) {
    writer.object { writer in
      for (name, member) in object.members {
        let path = path.isEmpty ? name : "\(path).\(name)"
        guard !parts.takes(member, path: path) else { continue }
        writer.key(name)
        divide(member, path: path, into: &writer, &parts)
      }
    }
  }

  private static func divide(
    _ value: AnswerValue, path: String, into writer: inout JSONWriter, _ parts: inout TensorParts
  ) {
    switch value {
    case .object(let object): divide(object, path: path, into: &writer, &parts)
    case .list(let elements):
      writer.array { writer in
        for (index, element) in elements.enumerated() {
          divide(element, path: "\(path).\(index)", into: &writer, &parts)
        }
      }
    case .null: writer.null()
    case .string(let text): writer.value(text)
    case .integer(let integer): writer.value(integer)
    case .number(let number): writer.value(number)
    case .boolean(let truth): writer.value(truth)
    case .array, .rows:
      // An element of a list that is a tensor leaves its place empty.
      if parts.takes(value, path: path) { writer.null() }
    }
  }
}

/// A tensor of an answer and the path that names it.
struct NamedTensor {
  let name: String
  let payload: TensorPayload
}

/// The tensors of an answer by the size of their elements.
private struct TensorParts {
  var wide: [NamedTensor] = []
  var half: [NamedTensor] = []
  var narrow: [NamedTensor] = []

  /// Takes `value` if it is a tensor, or an object of nothing but tensors.
  mutating func takes(_ value: AnswerValue, path: String) -> Bool {
    switch value {
    case .array(let array): append(.array(array), path)
    case .rows(let rows): append(.rows(rows), path)
    case .object(let object) where object.isAllTensors:
      for (name, member) in object.members { _ = takes(member, path: "\(path).\(name)") }
    default: return false
    }
    return true
  }

  private mutating func append(_ payload: TensorPayload, _ name: String) {
    let tensor = NamedTensor(name: name, payload: payload)
    switch payload.dtype.byteSize {
    case 4: wide.append(tensor)
    case 2: half.append(tensor)
    default: narrow.append(tensor)
    }
  }
}

extension AnswerObject {
  /// Whether there are members, all of which are tensors.
  fileprivate var isAllTensors: Bool {
    !members.isEmpty
      && members.allSatisfy { _, value in
        switch value {
        case .array, .rows: true
        case .object(let object): object.isAllTensors
        default: false
        }
      }
  }
}
