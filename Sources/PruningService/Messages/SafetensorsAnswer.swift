internal import TensorCoding
internal import Tensors
internal import TokenPruning

/// An answer divided into the tensors of a safetensors file and the JSON beside them.
struct SafetensorsAnswer {
  /// The tensors, wide elements first, so that all of them are aligned.
  let tensors: [NamedTensor]
  /// Everything else as a JSON object whose end has not been written, so that more can follow.
  let rest: JSONWriter

  /// Divides an answer.
  init(_ answer: AnswerObject) {
    var division = AnswerDivision()
    division.rest.beginObject()
    division.members(of: answer)
    tensors = division.wide + division.half + division.narrow
    rest = division.rest
  }
}

/// A tensor of an answer and the path that names it.
struct NamedTensor {
  let name: String
  let payload: TensorPayload
}

/// One walk through an answer: tensors to one side, everything else into JSON.
private struct AnswerDivision {
  var rest = JSONWriter(reserving: 2048)
  var wide: [NamedTensor] = []
  var half: [NamedTensor] = []
  var narrow: [NamedTensor] = []
  /// Where the walk stands, each name with a dot; only a tensor gets a string of it.
  private var path: [UInt8] = []

  init() {
    path.reserveCapacity(64)
    wide.reserveCapacity(16)
  }

  mutating func members(of object: AnswerObject) {
    for member in object.members where !takes(member.value, named: member.name) {
      rest.key(member.name)
      value(member.value, named: member.name)
    }
  }

  private mutating func value(_ value: AnswerValue, named name: String) {
    switch value {
    case .object(let object):
      rest.beginObject()
      inside(name) { $0.members(of: object) }
      rest.endObject()
    case .list(let elements): inside(name) { $0.list(elements) }
    case .null: rest.null()
    case .string(let text): rest.value(text)
    case .integer(let integer): rest.value(integer)
    case .number(let number): rest.value(number)
    case .boolean(let truth): rest.value(truth)
    case .numbers(let numbers): rest.list(numbers)
    case .integers(let integers): rest.list(integers)
    case .array, .rows:
      // An element of a list that is a tensor leaves its place empty.
      if takes(value, named: name) { rest.null() }
    }
  }

  private mutating func list(_ elements: [AnswerValue]) {
    rest.beginArray()
    for (index, element) in elements.enumerated() { value(element, named: "\(index)") }
    rest.endArray()
  }

  /// Extends the path while `walk` goes on.
  private mutating func inside(_ name: String, _ walk: (inout AnswerDivision) -> Void) {
    let outside = path.count
    path.append(contentsOf: name.utf8)
    path.append(UInt8(ascii: "."))
    walk(&self)
    path.removeLast(path.count - outside)
  }

  /// Takes a value if it is a tensor or an object of nothing but tensors.
  private mutating func takes(_ value: AnswerValue, named name: String) -> Bool {
    switch value {
    case .array(let array): append(.array(array), named: name)
    case .rows(let rows): append(.rows(rows), named: name)
    case .object(let object) where object.isAllTensors:
      inside(name) { division in
        for member in object.members { _ = division.takes(member.value, named: member.name) }
      }
    default: return false
    }
    return true
  }

  private mutating func append(_ payload: TensorPayload, named name: String) {
    let outside = path.count
    path.append(contentsOf: name.utf8)
    let tensor = NamedTensor(name: String(decoding: path, as: UTF8.self), payload: payload)
    path.removeLast(path.count - outside)
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
      && members.allSatisfy { member in
        switch member.value {
        case .array, .rows: true
        case .object(let object): object.isAllTensors
        default: false
        }
      }
  }
}
