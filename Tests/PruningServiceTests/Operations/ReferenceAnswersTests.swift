import Foundation
import PruningService
import TensorCoding
import Tensors
import Testing

/// The reference's vectors, sent through decoding, running and encoding in every form.
@Suite struct ReferenceAnswersTests {
  private let operation = SampleItems.prune

  @Test(arguments: RequestDraft.Form.allCases)
  func `prunes from pixels to stages as the reference does`(form: RequestDraft.Form) throws {
    let file = try ReferenceFile("e2e_n81_b2")
    let fields = """
      "strategy": {"global_threshold": 1.8, "entropy_weight": 0.4, "recycling_cell_size": 3,
        "layers": 28, "stages": [{"layer": 0, "retain_ratio": 0.4},
        {"layer": 9, "retain_ratio": 0.8}, {"layer": 18, "retain_ratio": 0.6}]},
      "return": ["tokens", "indices", "merges", "stages", "importance"]
      """
    let shared = try [
      ("pixels", "image"), ("query", "q"), ("key", "k"), ("tokens", "features"),
    ].map { ($0.0, try file.tensor($0.1)) }
    let facts = try operation.facts(RequestDraft(fields: fields, shared: shared), form)
    for item in 0...1 {
      let answer = facts.under("items.\(item).")
      #expect(answer.text("importance_source") == "query_key")
      try answer.expect(
        file,
        [
          ("retained_indices", "retained_indices.\(item)"),
          ("recycled_mask", "recycled_mask.\(item)"),
          ("stages.0.retained_rows", "stage1_visual_indices.\(item)"),
          ("stages.1.retained_rows", "stage2_visual_indices.\(item)"),
        ])
      try answer.expectClose(
        file,
        [
          ("tokens", "tokens_out.\(item)"), ("importance", "importance_out.\(item)"),
        ])
      #expect(
        closeness(answer.numbers("importance_map"), try file.tensor("importance")[item].floats)
          <= 1e-5)
      #expect(
        closeness(answer.numbers("entropy"), try file.tensor("entropy")[item].floats) <= 1e-5)
    }
  }

  @Test(
    arguments: [
      "recycle_n81_m3_r50", "recycle_n81_m2p5_r90", "recycle_n81_m40_r30", "recycle_n81_overflow",
    ], RequestDraft.Form.allCases)
  func `recycles as the reference does`(name: String, form: RequestDraft.Form) throws {
    let file = try ReferenceFile(name)
    let fields = """
      "strategy": {"recycling_cell_size": \(try file.number("m")),
        "stages": [{"layer": 0, "retain_ratio": \(try file.number("r"))}]}
      """
    let item = RequestDraft.Item(tensors: [
      ("tokens", try file.tensor("features")), ("importance", try file.tensor("importance")),
    ])
    let answer = try operation.facts(RequestDraft(fields: fields, items: [item]), form)
      .under("items.0.")
    try answer.expect(
      file,
      [
        ("retained_indices", "retained_indices"), ("recycled_mask", "recycled_mask"),
      ])
    let width = try file.tensor("features").dtype == .float16 ? 1e-3 : 1e-5
    try answer.expectClose(file, [("tokens", "tokens_out")], tolerance: Float(width))
    try answer.expectClose(file, [("importance", "importance_out")])
  }

  @Test func `merges anyres images as the reference does`() throws {
    let file = try ReferenceFile("anyres_s9_tall")
    let size = try ["side", "image_width", "image_height"].map { Int(try file.number($0)) }
    let fields = """
      "strategy": {"recycling_cell_size": 5, "stages": [{"layer": 0, "retain_ratio": 0.4}]},
      "layout": {"kind": "anyres", "side": \(size[0]), "tile_pixels": 384,
        "image_width": \(size[1]), "image_height": \(size[2]), "grid_width": 1, "grid_height": 3}
      """
    let item = RequestDraft.Item(tensors: [
      ("tokens", try file.tensor("features")), ("importance", try file.tensor("tile_importance")),
      ("newline", try file.tensor("image_newline")),
    ])
    let answer = try operation.facts(RequestDraft(fields: fields, items: [item]), .safetensors)
      .under("items.0.")
    try answer.expect(
      file,
      [
        ("retained_indices", "retained_indices"), ("recycled_mask", "recycled_mask"),
      ])
    try answer.expectClose(file, [("tokens", "tokens_out")], tolerance: 1e-3)
    #expect(answer.numbers("positions.tile")?.count == answer.integers("count")?.first)
  }

  @Test func `compares hidden states as the reference does`() throws {
    let file = try ReferenceFile("objective_pairs")
    let draft = RequestDraft(shared: [
      ("full", try file.tensor("full")), ("pruned", try file.tensor("pruned")),
    ])
    for form in [RequestDraft.Form.base64, .safetensors] {
      let facts = try SampleItems.discrepancy.facts(draft, form)
      try facts.expectClose(file, [("similarity", "similarity")])
    }
  }
}

/// A file of `Tests/Fixtures/Reference` and the parameters beside it.
private struct ReferenceFile {
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

  func number(_ key: String) throws -> Double {
    guard case .number(let number)? = parameters[key] else { throw ReferenceFault() }
    return number.double
  }
}

extension Tensor {
  fileprivate var floats: [Float] { (0..<shape.elementCount).map { float(at: $0) } }
}

/// The largest difference relative to the reference, small values against a hundredth of its peak.
private func closeness(_ found: [Float]?, _ expected: [Float]) -> Float {
  guard let found, found.count == expected.count else { return .infinity }
  let floor = expected.map(abs).reduce(0, max) * 1e-2
  return zip(found, expected).map { abs($0 - $1) / max(abs($1), floor, .leastNormalMagnitude) }
    .reduce(0, max)
}

extension AnswerFacts {
  fileprivate func expect(_ file: ReferenceFile, _ pairs: [(String, String)]) throws {
    for (path, name) in pairs {
      #expect(numbers(path) == (try file.tensor(name).floats), "\(path)")
    }
  }

  fileprivate func expectClose(
    _ file: ReferenceFile, _ pairs: [(String, String)], tolerance: Float = 1e-5
  ) throws {
    for (path, name) in pairs {
      #expect(closeness(numbers(path), try file.tensor(name).floats) <= tolerance, "\(path)")
    }
  }
}
