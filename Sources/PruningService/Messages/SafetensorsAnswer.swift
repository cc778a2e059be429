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
  /// Where the walk stands; only what turns out to be a tensor gets a string of it.
  private var path: [UInt8] = []

  init() {
    path.reserveCapacity(64)
    wide.reserveCapacity(16)
  }

  mutating func members(of object: AnswerObject) {
    for member in object.members {
      let outside = enter(member.name)
      if !takes(member.value) {
        rest.key(member.name)
        value(member.value)
      }
      path.removeLast(path.count - outside)
    }
  }

  private mutating func value(_ value: AnswerValue) {
    switch value {
    case .object(let object):
      rest.beginObject()
      members(of: object)
      rest.endObject()
    case .list(let elements): list(elements)
    case .null: rest.null()
    case .string(let text): rest.value(text)
    case .integer(let integer): rest.value(integer)
    case .number(let number): rest.value(number)
    case .boolean(let truth): rest.value(truth)
    case .numbers(let numbers): rest.list(numbers)
    case .integers(let integers): rest.list(integers)
    case .array, .rows:
      // An element of a list that is a tensor leaves its place empty.
      if takes(value) { rest.null() }
    }
  }

  private mutating func list(_ elements: [AnswerValue]) {
    rest.beginArray()
    for (index, element) in elements.enumerated() {
      let outside = enter("\(index)")
      value(element)
      path.removeLast(path.count - outside)
    }
    rest.endArray()
  }

  /// Extends the path; returns the length to go back to.
  private mutating func enter(_ name: String) -> Int {
    let outside = path.count
    if outside > 0 { path.append(UInt8(ascii: ".")) }
    path.append(contentsOf: name.utf8)
    return outside
  }

  /// Takes `value`, which the path names, if it is a tensor or an object of nothing but tensors.
  private mutating func takes(_ value: AnswerValue) -> Bool {
    switch value {
    case .array(let array): append(.array(array))
    case .rows(let rows): append(.rows(rows))
    case .object(let object) where object.isAllTensors:
      for member in object.members {
        let outside = enter(member.name)
        _ = takes(member.value)
        path.removeLast(path.count - outside)
      }
    default: return false
    }
    return true
  }

  private mutating func append(_ payload: TensorPayload) {
    let tensor = NamedTensor(name: String(decoding: path, as: UTF8.self), payload: payload)
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
