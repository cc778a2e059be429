import PruningService
import TensorCoding
import Tensors
import Testing

/// Everything that an answer says, by path, whichever encoding said it.
struct AnswerFacts: Equatable {
  enum Fact: Equatable {
    case numbers([Float])
    case text(String)
    case truth(Bool)
    case none
  }

  private(set) var facts: [String: Fact] = [:]

  init(json bytes: [UInt8]) throws {
    collect(try JSONDocument.parse(TensorStorage(bytes).bytes), path: "")
  }

  init(safetensors bytes: [UInt8]) throws {
    let file = try SafetensorsFile(storage: TensorStorage(bytes))
    for (name, tensor) in file.tensors { collect(tensor, path: name) }
    let response = try #require(file.metadataValue("response"))
    collect(try JSONDocument.parse(TensorStorage(text: response).bytes), path: "")
  }

  private mutating func collect(_ tensor: Tensor, path: String) {
    facts[path] = .numbers((0..<tensor.shape.elementCount).map { tensor.float(at: $0) })
    guard path.hasSuffix(".tokens") else { return }
    facts[path + ".dtype"] = .text(tensor.dtype.rawValue)
    facts[path + ".shape"] = .text("\(tensor.shape)")
  }

  private mutating func collect(_ value: JSONValue, path: String) {
    switch value {
    case .null: facts[path] = Fact.none
    case .bool(let truth): facts[path] = .truth(truth)
    case .number(let number): facts[path] = .numbers([Float(number.double)])
    case .string(let text): facts[path] = .text(text)
    case .text(let text): facts[path] = .text(text.string)
    case .numbers(let numbers):
      let values = numbers.values
      facts[path] = .numbers(values.indices.map { Float(values[$0]) })
    case .array(let values):
      if values.isEmpty { facts[path] = .numbers([]) }
      for (index, value) in values.enumerated() { collect(value, path: "\(path).\(index)") }
    case .object(let object):
      if object["dtype"] != nil, let tensor = try? TensorJSON.decode(JSONCursor(value)) {
        collect(tensor, path: path)
        return
      }
      for (key, member) in object.members {
        collect(member, path: path.isEmpty ? key : "\(path).\(key)")
      }
    }
  }

  /// The same facts without those under `prefix`.
  func without(_ prefix: String) -> AnswerFacts {
    var copy = self
    copy.facts = facts.filter { !$0.key.hasPrefix(prefix) }
    return copy
  }

  /// The facts under `prefix`, their paths shortened.
  func under(_ prefix: String) -> AnswerFacts {
    var copy = self
    copy.facts = [:]
    for (path, fact) in facts where path.hasPrefix(prefix) {
      copy.facts[String(path.dropFirst(prefix.count))] = fact
    }
    return copy
  }

  var paths: Set<String> { Set(facts.keys) }

  func numbers(_ path: String) -> [Float]? {
    if case .numbers(let numbers) = facts[path] { numbers } else { nil }
  }

  func integers(_ path: String) -> [Int]? { numbers(path)?.map { Int($0) } }

  func text(_ path: String) -> String? {
    if case .text(let text) = facts[path] { text } else { nil }
  }
}

extension MessageOperation {
  /// The bytes of the answer to a body.
  func answer(
    _ body: TensorStorage, _ encoding: MessageEncoding, as answerEncoding: MessageEncoding? = nil,
    clock: FakeClock = FakeClock()
  ) throws(ServiceProblem) -> [UInt8] {
    let request = try decode(body, as: encoding)
    let document = try run(request, checkpoint: Checkpoint { () throws(ServiceProblem) in })
    var timing = PhaseTiming(queueNanoseconds: 1_000, decodeNanoseconds: 22_000)
    let answer = try AnswerEncoder.encode(
      document, as: answerEncoding ?? encoding, timing: &timing, now: clock.now,
      makeBuffer: HeapAnswerBuffer.init)
    switch answer {
    case .bytes(let bytes): return bytes
    case .buffer(let buffer): return buffer.bytes
    }
  }

  /// What the answer to a draft says.
  func facts(
    _ draft: RequestDraft, _ form: RequestDraft.Form, as answer: MessageEncoding? = nil
  ) throws -> AnswerFacts {
    let bytes = try self.answer(draft.body(form), form.encoding, as: answer)
    switch answer ?? form.encoding {
    case .json: return try AnswerFacts(json: bytes)
    case .safetensors: return try AnswerFacts(safetensors: bytes)
    }
  }

  /// The problem that a draft ends in.
  func problem(_ draft: RequestDraft, _ form: RequestDraft.Form) throws -> ServiceProblem? {
    let body = try draft.body(form)
    do throws(ServiceProblem) {
      _ = try answer(body, form.encoding)
      return nil
    } catch { return error }
  }

  /// The problem that JSON text ends in.
  func problem(json text: String) -> ServiceProblem? {
    do throws(ServiceProblem) {
      _ = try answer(TensorStorage(text: text), .json)
      return nil
    } catch { return error }
  }
}

/// A clock that moves by a fixed step at each look.
final class FakeClock {
  private var nanoseconds: UInt64 = 0
  private let step: UInt64

  init(step: UInt64 = 5_000) { self.step = step }

  func now() -> UInt64 {
    nanoseconds += step
    return nanoseconds
  }
}
