import PruningService
import Tensors
import Testing

@Suite struct TokenLayoutDecodingTests {
  private let operation = SampleItems.prune

  private func problem(_ layout: String, tensors: [(String, Tensor)]) throws -> ServiceProblem? {
    let fields = layout.isEmpty ? "" : ", \"layout\": \(layout)"
    return try operation.problem(
      RequestDraft(fields: SampleItems.strategy + fields, items: [.init(tensors: tensors)]),
      .safetensors)
  }

  @Test(
    arguments: [
      (#"{}"#, nil), (#"{"patch_pixels": 14}"#, nil), (#"{"kind": "grid"}"#, nil),
      (#"{"kind": "grid", "rows": 2, "columns": 8}"#, nil),
      (#"{"kind": "grid", "rows": 2, "columns": 8, "cls_tokens": 1}"#, nil),
      (#"{"kind": "grid", "rows": 2}"#, "/layout/columns"),
      (#"{"kind": "grid", "columns": 2}"#, "/layout/rows"),
      (#"{"kind": "grid", "rows": 0, "columns": 2}"#, "/layout/rows"),
      (#"{"kind": "grid", "rows": "2", "columns": 8}"#, "/layout/rows"),
      (#"{"kind": "grid", "cls_tokens": -1}"#, "/layout/cls_tokens"),
      (#"{"kind": "grid", "side": 4}"#, "/layout/side"), (#"{"kind": "ring"}"#, "/layout/kind"),
      (#"{"kind": 3}"#, "/layout/kind"), (#"{"rows": 4, "columns": 4}"#, "/layout/kind"),
      (#"{"kind": "anyres", "side": 4}"#, "/layout/tile_pixels"),
      (#"{"kind": "frames", "frames": 1, "rows": 4}"#, "/layout/columns"),
      (#"{"patch_pixels": 0}"#, "/layout/patch_pixels"),
      (#"{"kind": "grid", "rows": 2147483647, "columns": 2147483647}"#, "/layout/rows"),
    ] as [(String, String?)])
  func `reads and checks the layout`(layout: String, pointer: String?) throws {
    let importance = try SampleItems.floats([16], seed: 1)
    let problem = try problem(layout, tensors: [("importance", importance)])
    #expect(problem?.pointer == pointer)
  }

  @Test(
    arguments: [
      ("tokens", [9, 2]), ("importance", [9]), ("received_attention", [9]), ("entropy", [9]),
    ])
  func `a square grid follows from any tensor`(name: String, dimensions: [Int]) throws {
    var tensors = [(name, try SampleItems.floats(dimensions, seed: 1))]
    if name == "tokens" || name == "entropy" {
      tensors.append(("received_attention", try SampleItems.floats([9], seed: 2)))
    }
    #expect(try problem("", tensors: tensors) == nil)
  }

  @Test func `class tokens are only in attention, query and key`() throws {
    let attention = ("attention", try SampleItems.attention([1], tokens: 10, seed: 1))
    let cls = #"{"kind": "grid", "cls_tokens": 1}"#
    #expect(try problem(cls, tensors: [attention]) == nil)
    #expect(try problem("", tensors: [attention])?.pointer == "/items/0/layout")
    let tokens = ("tokens", try SampleItems.floats([9, 2], seed: 1))
    #expect(try problem(cls, tensors: [attention, tokens]) == nil)
    #expect(try problem("", tensors: [attention, tokens])?.pointer == "/items/0/attention")
    let query = try ["query", "key"].map { ($0, try SampleItems.floats([2, 10, 3], seed: 4)) }
    #expect(try problem(cls, tensors: query) == nil)
  }

  @Test func `tokens that form no square need a layout to be recycled`() throws {
    let importance = ("importance", try SampleItems.floats([12], seed: 1))
    let problem = try problem("", tensors: [importance])
    #expect(problem?.type == .valueOutOfRange)
    #expect(problem?.pointer == "/items/0/layout")
    #expect(problem?.detail.contains("12 is not a square") == true)
    let plain = RequestDraft(
      fields: #""strategy": {"recycling": "none", "stages": [{"layer": 0, "retain_ratio": 0.5}]}"#,
      items: [.init(tensors: [importance])])
    let facts = try operation.facts(plain, .numbers)
    #expect(facts.integers("items.0.count") == [6])
    #expect(!facts.paths.contains("items.0.positions.row"))
  }

  @Test(arguments: [[], [0], [3, 3]])
  func `an importance source that tells no length has the wrong shape`(
    dimensions: [Int]
  ) throws {
    let importance = ("importance", try SampleItems.floats(dimensions, seed: 1))
    let problem = try problem("", tensors: [importance])
    #expect(problem?.type == .shapeMismatch)
    #expect(problem?.pointer == "/items/0/importance")
  }

  @Test func `the newline belongs to tokens of tiled layouts`() throws {
    let frames = #"{"kind": "frames", "frames": 2, "rows": 2, "columns": 2}"#
    let importance = ("importance", try SampleItems.floats([2, 4], seed: 1))
    let tokens = ("tokens", try SampleItems.floats([2, 4, 3], seed: 1))
    let newline = ("newline", try SampleItems.floats([3], seed: 1))
    #expect(try problem(frames, tensors: [importance, tokens, newline]) == nil)
    #expect(try problem(frames, tensors: [importance]) == nil)
    #expect(
      try problem(frames, tensors: [importance, tokens])?.pointer == "/items/0/newline")
    #expect(
      try problem(frames, tensors: [importance, newline])?.pointer == "/items/0/tokens")
  }
}
