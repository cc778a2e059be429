import PruningService
import Tensors
import Testing

@Suite struct ImportanceOperationTests {
  private let operation = SampleItems.importance

  @Test(arguments: RequestDraft.Form.allCases, MessageEncoding.allCases)
  func `says the same in every pair of encodings`(
    form: RequestDraft.Form, answer: MessageEncoding
  ) throws {
    var item = try SampleItems.grid(seed: 1)
    item.tensors.append(("entropy", try SampleItems.floats([25], seed: 5)))
    let draft = RequestDraft(
      fields: SampleItems.strategy + #", "timing": false"#, items: [item])
    let facts = try operation.facts(draft, form, as: answer)
    #expect(facts == (try operation.facts(draft, .numbers)))
    #expect(
      facts.paths == [
        "items.0.importance_map", "items.0.received_attention", "items.0.global_mask",
        "items.0.entropy", "items.0.importance_source", "items.0.flags",
      ])
  }

  @Test func `agrees with the map that prune returns`() throws {
    let item = try SampleItems.grid(seed: 2)
    let map = try operation.facts(
      RequestDraft(fields: SampleItems.strategy, items: [item]), .safetensors)
    let pruned = try SampleItems.prune.facts(
      RequestDraft(
        fields: SampleItems.strategy + #", "return": ["importance"]"#, items: [item]),
      .safetensors)
    #expect(map.numbers("items.0.importance_map") == pruned.numbers("items.0.importance_map"))
  }

  @Test func `needs of the strategy only what it uses`() throws {
    var item = try SampleItems.grid(seed: 3)
    let threshold = RequestDraft(fields: #""strategy": {"global_threshold": 1}"#, items: [item])
    #expect(try operation.facts(threshold, .numbers).numbers("items.0.importance_map") != nil)
    let problem = try #require(try operation.problem(RequestDraft(items: [item]), .numbers))
    #expect(problem.type == .valueOutOfRange)
    #expect(problem.pointer == "/strategy/global_threshold")
    item.tensors = [("received_attention", try SampleItems.floats([25], seed: 1))]
    let facts = try operation.facts(RequestDraft(items: [item]), .safetensors)
    #expect(facts.text("items.0.importance_source") == "received_attention")
    #expect(!facts.paths.contains("items.0.global_mask"))
  }

  @Test(arguments: RequestDraft.Form.allCases)
  func `answers entropy to pixels alone`(form: RequestDraft.Form) throws {
    let draft = RequestDraft(
      shared: [("pixels", try SampleItems.pixels([2, 31, 45, 3], seed: 4))])
    let facts = try operation.facts(draft, form)
    #expect(facts.without("timing").paths == ["items.0.entropy", "items.1.entropy"])
    #expect(facts.numbers("items.0.entropy")?.count == 2 * 3)
  }

  @Test(
    arguments: [
      (#"{"patch_pixels": 10}"#, 3 * 4), (#"{"kind": "grid", "rows": 3, "columns": 3}"#, 9),
      (#"{"kind": "grid", "rows": 3, "columns": 4, "patch_pixels": 10}"#, 12),
    ])
  func `a layout decides how pixels are divided`(layout: String, count: Int) throws {
    let draft = RequestDraft(
      fields: "\"layout\": \(layout)",
      items: [.init(tensors: [("pixels", try SampleItems.pixels([3, 31, 45], seed: 4))])])
    let facts = try operation.facts(draft, .numbers)
    #expect(facts.numbers("items.0.entropy")?.count == count)
  }

  @Test func `a patch side that contradicts the layout is refused`() throws {
    let draft = RequestDraft(
      fields: #""layout": {"kind": "grid", "rows": 3, "columns": 3, "patch_pixels": 7}"#,
      items: [.init(tensors: [("pixels", try SampleItems.pixels([3, 31, 45], seed: 4))])])
    let problem = try #require(try operation.problem(draft, .safetensors))
    #expect(problem.type == .valueOutOfRange)
    #expect(problem.pointer == "/layout/patch_pixels")
  }

  @Test func `lists of tiled layouts have a tile axis in safetensors`() throws {
    let frames = #""layout": {"kind": "frames", "frames": 2, "rows": 3, "columns": 3}"#
    let draft = RequestDraft(
      fields: frames + #", "strategy": {"global_threshold": 8.9}"#,
      items: [
        .init(tensors: [("attention", try SampleItems.attention([2, 2], tokens: 9, seed: 1))])
      ])
    let facts = try operation.facts(draft, .safetensors)
    #expect(facts.numbers("items.0.importance_map")?.count == 2 * 4 + 1)
    #expect(facts.numbers("items.0.global_mask") == Array(repeating: 0, count: 18))
    #expect(facts.integers("items.0.no_global_tiles") == [0, 1])
    #expect(facts.text("items.0.flags.0") == "no_global_tokens")
  }

  @Test func `a body for prune is accepted as it is`() throws {
    let draft = RequestDraft(
      fields: SampleItems.strategy
        + #", "return": ["indices"], "text_tokens": 4, "model": "llava-1.5-7b", "partial": true"#,
      items: [try SampleItems.grid(seed: 1)])
    #expect(try operation.facts(draft, .base64).numbers("items.0.importance_map") != nil)
  }
}
