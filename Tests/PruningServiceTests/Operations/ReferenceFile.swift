import Foundation
import PruningService
import TensorCoding
import Tensors
import Testing

/// A file of `Tests/Fixtures/Reference` and the parameters beside it.
struct ReferenceFile {
  private let file: SafetensorsFile
  private let parameters: JSONObject

  init(_ name: String) throws {
    let folder = URL(fileURLWithPath: #filePath)
      .appendingPathComponent("../../../Fixtures/Reference").standardizedFileURL
    let bytes = try Data(contentsOf: folder.appendingPathComponent("\(name).safetensors"))
    file = try SafetensorsFile(storage: TensorStorage(Array(bytes)))
    let json = try Data(contentsOf: folder.appendingPathComponent("\(name).json"))
    guard case .object(let document) = try JSONDocument.parse(TensorStorage(Array(json)).bytes),
      case .object(let parameters)? = document["params"]
    else { throw ReferenceFault() }
    self.parameters = parameters
  }

  private struct ReferenceFault: Error {}

  func tensor(_ name: String) throws -> Tensor { try #require(file[name], "\(name)") }

  func has(_ name: String) -> Bool { file[name] != nil }

  func number(_ key: String) throws -> Double {
    guard case .number(let number)? = parameters[key] else { throw ReferenceFault() }
    return number.double
  }

  func list(_ key: String) throws -> [Double] {
    guard case .numbers(let numbers)? = parameters[key] else { throw ReferenceFault() }
    let values = numbers.values
    return values.indices.map { values[$0] }
  }

  /// The strategy of a case with a vision stage only.
  func oneStage() throws -> String {
    """
    "strategy": {"recycling_cell_size": \(try number("m")),
      "stages": [{"layer": 0, "retain_ratio": \(try number("r"))}]}
    """
  }

  /// What the reference's own notes allow for tensors of this dtype.
  func tolerance(of name: String) throws -> Float {
    try tensor(name).dtype == .float16 ? 1e-3 : 1e-5
  }
}

extension Tensor {
  /// All elements, widened.
  var floats: [Float] { (0..<shape.elementCount).map { float(at: $0) } }
}

/// The largest difference relative to the reference, small values against a hundredth of its peak.
func closeness(_ found: [Float]?, _ expected: [Float]) -> Float {
  guard let found, found.count == expected.count else { return .infinity }
  let floor = expected.map(abs).reduce(0, max) * 1e-2
  return zip(found, expected).map { abs($0 - $1) / max(abs($1), floor, .leastNormalMagnitude) }
    .reduce(0, max)
}

extension AnswerFacts {
  /// Compares integers.
  func expect(_ file: ReferenceFile, _ pairs: [(String, String)]) throws {
    for (path, name) in pairs {
      #expect(numbers(path) == (try file.tensor(name).floats), "\(path)")
    }
  }

  /// Compares floats; `entry` picks one of the file's batch.
  func expectClose(
    _ file: ReferenceFile, _ pairs: [(String, String)], tolerance: Float = 1e-5, entry: Int? = nil
  ) throws {
    for (path, name) in pairs {
      let tensor = try file.tensor(name)
      let expected = (entry.map { tensor[$0] } ?? tensor).floats
      #expect(closeness(numbers(path), expected) <= tolerance, "\(path)")
    }
  }

  /// Compares everything that a recycling case stores.
  func expectSelection(_ file: ReferenceFile) throws {
    try expect(
      file, [("retained_indices", "retained_indices"), ("recycled_mask", "recycled_mask")])
    try expectClose(
      file, [("tokens", "tokens_out")], tolerance: file.tolerance(of: "features"))
    try expectClose(file, [("importance", "importance_out")])
  }
}
