import PruningService
import Testing

@Suite struct PlanOperationTests {
  private let operation = SampleItems.plan

  private func facts(
    _ items: [String], count: String = "reference", _ form: RequestDraft.Form = .numbers
  ) throws -> AnswerFacts {
    let strategy = SampleItems.strategy.dropLast() + ", \"count\": \"\(count)\"}"
    return try operation.facts(
      RequestDraft(
        fields: strategy + #", "text_tokens": 40"#, items: items.map { .init(fields: $0) }),
      form)
  }

  @Test(arguments: RequestDraft.Form.allCases)
  func `exact counting promises one number`(form: RequestDraft.Form) throws {
    let facts = try facts([#""input_tokens": 576, "id": "a""#], count: "exact", form)
    #expect(facts.integers("items.0.count") == [288])
    #expect(facts.integers("items.0.input_tokens") == [576])
    #expect(facts.integers("items.0.stages.0.count") == [216])
    #expect(facts.integers("items.0.stages.1.count") == [108])
    #expect(facts.text("items.0.id") == "a")
    #expect(!facts.paths.contains("items.0.count_min"))
    #expect(facts.paths.contains("items.0.report.kv_cache_reduction"))
    #expect(facts.text("strategy.count") == "exact")
  }

  @Test func `reference counting promises a range that prune stays in`() throws {
    let plan = try facts([#""input_tokens": 25"#])
    let bounds =
      try #require(
        plan.integers("items.0.count_min")?.first)...(try #require(
        plan.integers("items.0.count_max")?.first))
    for seed in 1...20 as ClosedRange<UInt64> {
      let pruned = try SampleItems.prune.facts(
        RequestDraft(fields: SampleItems.strategy, items: [SampleItems.grid(seed: seed)]), .numbers)
      let count = try #require(pruned.integers("items.0.count")?.first)
      #expect(bounds.contains(count), "seed \(seed)")
    }
  }

  @Test func `prune returns just as many rows as exact counting plans`() throws {
    let plan = try facts([#""input_tokens": 25"#], count: "exact")
    let strategy = SampleItems.strategy.dropLast() + #", "count": "exact"}"#
    let pruned = try SampleItems.prune.facts(
      RequestDraft(fields: String(strategy), items: [SampleItems.grid(seed: 3)]), .numbers)
    #expect(plan.integers("items.0.count") == pruned.integers("items.0.count"))
    #expect(plan.integers("items.0.stages.1.count") == pruned.integers("items.0.stages.1.count"))
  }

  @Test func `the layout gives the length`() throws {
    let facts = try facts([
      #""layout": {"kind": "anyres", "side": 9, "tile_pixels": 126, "image_width": 250, "#
        + #""image_height": 120}"#,
      #""layout": {"kind": "frames", "frames": 4, "rows": 9, "columns": 9}"#,
      #""layout": {"kind": "grid", "rows": 4, "columns": 5}, "input_tokens": 20"#,
    ])
    #expect(facts.integers("items.0.input_tokens") == [81 + 9 * 19])
    #expect(facts.integers("items.1.input_tokens") == [4 * 25 + 1])
    #expect(facts.integers("items.2.input_tokens") == [20])
  }

  @Test(
    arguments: [
      (
        #""layout": {"kind": "grid", "rows": 4, "columns": 5}, "input_tokens": 21"#,
        "/items/0/input_tokens"
      ),
      (#""input_tokens": 0"#, "/items/0/input_tokens"),
      (#""input_tokens": 2.5"#, "/items/0/input_tokens"),
      ("", "/items/0/layout"), (#""tokens": 4"#, "/items/0/tokens"),
      (#""input_tokens": 20"#, "/items/0/layout"),
    ])
  func `an item that does not tell its length is refused`(fields: String, pointer: String) throws {
    let problem = try #require(
      try operation.problem(
        RequestDraft(fields: SampleItems.strategy, items: [.init(fields: fields)]), .numbers))
    #expect(problem.type == .valueOutOfRange)
    #expect(problem.pointer == pointer)
  }

  @Test func `a bad item can keep its problem to itself`() throws {
    let draft = RequestDraft(
      fields: SampleItems.strategy + #", "partial": true"#,
      items: [.init(fields: #""input_tokens": 36"#), .init(fields: #""layout": {"kind": "x"}"#)])
    let facts = try operation.facts(draft, .safetensors)
    #expect(facts.integers("items.0.input_tokens") == [36])
    #expect(facts.text("items.1.problem.errors.0.pointer") == "/items/1/layout/kind")
  }

  @Test(arguments: RequestDraft.Form.allCases)
  func `there are no facts to choose`(form: RequestDraft.Form) throws {
    let draft = RequestDraft(
      fields: SampleItems.strategy + #", "return": ["report"]"#,
      items: [.init(fields: #""input_tokens": 36"#)])
    let problem = try #require(try operation.problem(draft, form))
    #expect(problem.type == .valueOutOfRange)
    #expect(problem.pointer == "/return")
  }

  @Test func `tensors have no place in a plan`() throws {
    let draft = RequestDraft(
      fields: SampleItems.strategy, items: [try SampleItems.grid(seed: 1)])
    for form in RequestDraft.Form.allCases {
      let problem = try #require(try operation.problem(draft, form))
      #expect(problem.type == .valueOutOfRange)
      #expect(problem.pointer == "/items/0/tokens")
    }
  }
}
