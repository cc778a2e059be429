import FuzzHarness
import PruningService
import TensorCoding
import Tensors

/// What holds for every answer of `POST /v1/prune`, and what holds for every answer.
enum AnswerChecks {
  static func check(_ bytes: [UInt8], _ encoding: MessageEncoding, isPrune: Bool) {
    let storage = TensorStorage(exactly: bytes[...])
    switch encoding {
    case .safetensors: checkFile(storage, isPrune: isPrune)
    case .json:
      guard let answer = try? JSONDocument.parse(storage.bytes) else {
        fatalError(
          "broken: an answer is JSON: \(String(decoding: bytes.prefix(400), as: UTF8.self))")
      }
      guard isPrune, case .object(let object) = answer else { return }
      for item in object["items"]?.elements ?? [] { check(Item(item)) }
    }
  }

  private static func checkFile(_ storage: TensorStorage, isPrune: Bool) {
    guard let file = try? SafetensorsFile(storage: storage),
      let text = file.metadataValue("response"),
      let response = try? JSONDocument.parse(TensorStorage(exactly: Array(text.utf8)[...]).bytes),
      case .object(let object) = response
    else { fatalError("broken: a binary answer is a safetensors file with a response") }
    guard isPrune else { return }
    for (index, item) in (object["items"]?.elements ?? []).enumerated() {
      check(Item(item, file, prefix: "items.\(index)."))
    }
  }

  private static func check(_ item: Item) {
    guard let tokens = item.number("input_tokens"), let count = item.number("count") else { return }
    if let kept = item.integers("retained_indices") {
      FuzzHarness.require(kept.count == count, "count is the number of indices")
      FuzzHarness.require(zip(kept, kept.dropFirst()).allSatisfy(<), "indices ascend")
      FuzzHarness.require(kept.allSatisfy { 0..<tokens ~= $0 }, "indices are tokens")
      let mask = item.integers("recycled_mask") ?? []
      FuzzHarness.require(mask.count == count, "the mask has a value for each row")
      checkMerges(item, recycled: mask.reduce(0, +), tokens: tokens)
    }
    FuzzHarness.require(
      item.integers("importance")?.count == count, "importance has a value for each row")
  }

  private static func checkMerges(_ item: Item, recycled: Int, tokens: Int) {
    guard let offsets = item.integers("merges.offsets") else { return }
    let sources = item.integers("merges.sources") ?? []
    FuzzHarness.require(offsets.count == recycled + 1, "each recycled row has its sources")
    FuzzHarness.require(offsets.first == 0 && offsets.last == sources.count, "offsets span sources")
    FuzzHarness.require(zip(offsets, offsets.dropFirst()).allSatisfy(<=), "offsets ascend")
    FuzzHarness.require(sources.allSatisfy { 0..<tokens ~= $0 }, "sources are tokens")
    FuzzHarness.require(
      item.integers("merges.weights")?.count == sources.count, "each source has a weight")
  }
}

/// An item of an answer in either encoding.
private struct Item {
  private let value: JSONValue
  private let file: SafetensorsFile?
  private let prefix: String

  init(_ value: JSONValue, _ file: SafetensorsFile? = nil, prefix: String = "") {
    self.value = value
    self.file = file
    self.prefix = prefix
  }

  func number(_ key: String) -> Int? {
    guard case .number(let number)? = member(key) else { return nil }
    return Int(number.double)
  }

  /// The values rounded towards zero.
  func integers(_ path: String) -> [Int]? {
    if let file {
      guard let tensor = file[prefix + path] else { return nil }
      return (0..<tensor.shape.elementCount).map { Self.integer(tensor, at: $0) }
    }
    return member(path)?.elements?
      .map { element in
        guard case .number(let number) = element else { return -1 }
        return Int(exactly: number.double.rounded(.towardZero)) ?? -1
      }
  }

  private static func integer(_ tensor: Tensor, at index: Int) -> Int {
    switch tensor.dtype {
    case .uint8: return Int(tensor.bytes.byte(at: index))
    case .int32:
      let bits = (0..<4).reduce(UInt32(0)) {
        $0 | UInt32(tensor.bytes.byte(at: index * 4 + $1)) << (8 * $1)
      }
      return Int(Int32(bitPattern: bits))
    default: return 0
    }
  }

  private func member(_ path: String) -> JSONValue? {
    var place: JSONValue? = value
    for key in path.split(separator: ".") {
      guard case .object(let object)? = place else { return nil }
      place = object[String(key)]
    }
    return place
  }
}
