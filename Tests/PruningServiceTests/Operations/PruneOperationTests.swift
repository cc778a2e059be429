import PruningService
import Tensors
import Testing
import TokenPruning
import VectorKernels

@Suite struct PruneOperationTests {
  private let operation = SampleItems.prune

  private func draft(_ fields: String = "", seeds: [UInt64] = [1, 2]) throws -> RequestDraft {
    RequestDraft(
      fields: SampleItems.strategy + fields,
      items: try seeds.map { try SampleItems.grid(seed: $0, fields: "\"id\": \"item \($0)\"") })
  }

  @Test(arguments: RequestDraft.Form.allCases, MessageEncoding.allCases)
  func `says the same in every pair of encodings`(
    form: RequestDraft.Form, answer: MessageEncoding
  ) throws {
    let everything =
      #", "return": ["tokens", "indices", "merges", "stages", "importance", "#
      + #""positions", "report"], "timing": false"#
    let draft = try draft(everything)
    let expected = try operation.facts(draft, .numbers)
    #expect(try operation.facts(draft, form, as: answer) == expected)
  }

  @Test func `answers with every fact that the inputs allow`() throws {
    let facts = try operation.facts(draft(), .safetensors)
    let item = Set(facts.under("items.0.").paths)
    #expect(
      item == [
        "id", "input_tokens", "count", "retained_indices", "recycled_mask", "tokens",
        "tokens.dtype", "tokens.shape", "importance", "merges.offsets", "merges.sources",
        "merges.weights", "stages.0.layer", "stages.0.retain_ratio", "stages.0.count",
        "stages.0.retained_rows", "stages.1.layer", "stages.1.retain_ratio", "stages.1.count",
        "stages.1.retained_rows", "positions.original", "positions.compact", "positions.row",
        "positions.column", "importance_source", "flags", "report.mean_token_ratio",
        "report.kv_cache_reduction", "report.prefill_flop_ratio", "report.model", "digest",
      ])
    #expect(facts.text("items.0.id") == "item 1")
    #expect(facts.text("items.0.importance_source") == "attention")
    #expect(facts.text("items.0.digest")?.count == 32)
    #expect(facts.numbers("timing.queue_us") == [1])
    #expect(facts.numbers("timing.decode_us") == [22])
    #expect(facts.text("strategy.method") == "vflowopt")
  }

  @Test func `leaves out what was not asked for`() throws {
    let facts = try operation.facts(draft(#", "return": ["indices"]"#), .numbers)
    #expect(
      facts.under("items.0.").paths == [
        "id", "input_tokens", "count", "retained_indices", "recycled_mask", "importance",
        "importance_source", "flags", "digest",
      ])
    let bare = try operation.facts(draft(#", "return": []"#), .numbers)
    #expect(!bare.paths.contains("items.0.retained_indices"))
    #expect(bare.paths.contains("items.0.importance"))
  }

  @Test func `keeps counts, masks, merges and stages consistent`() throws {
    let facts = try operation.facts(draft(), .base64).under("items.1.")
    let kept = try #require(facts.integers("retained_indices"))
    #expect(facts.integers("count") == [kept.count])
    #expect(kept == kept.sorted() && Set(kept).count == kept.count)
    let recycled = try #require(facts.integers("recycled_mask")).reduce(0, +)
    #expect(facts.integers("merges.offsets")?.count == recycled + 1)
    let stages = try (0...1).map { try #require(facts.integers("stages.\($0).retained_rows")) }
    #expect(Set(stages[1]).isSubset(of: stages[0]))
    #expect(facts.integers("stages.0.count") == [stages[0].count])
    #expect(facts.integers("stages.0.layer") == [4])
    #expect(facts.integers("positions.original") == kept)
    #expect(facts.integers("positions.compact") == Array(0..<kept.count))
    #expect(facts.text("tokens.shape") == "[\(kept.count), 4]")
  }

  @Test(arguments: RequestDraft.Form.allCases)
  func `treats a batch axis like items one by one`(form: RequestDraft.Form) throws {
    let items = try [SampleItems.grid(seed: 7), SampleItems.grid(seed: 8)]
    let ragged = try operation.facts(
      RequestDraft(fields: SampleItems.strategy, items: items), form)
    let shared = try ["tokens", "attention"].enumerated().map { index, name in
      let tensors = items.map { $0.tensors[index].1 }
      let values = tensors.flatMap { tensor in
        (0..<tensor.shape.elementCount).map { tensor.float(at: $0) }
      }
      return (name, try Tensor.floats(values, [2] + tensors[0].shape.dimensions))
    }
    let uniform = try operation.facts(
      RequestDraft(fields: SampleItems.strategy, shared: shared), form)
    #expect(uniform.without("timing") == ragged.without("timing"))
    for (index, item) in items.enumerated() {
      let alone = try operation.facts(
        RequestDraft(fields: SampleItems.strategy, items: [item]), form)
      #expect(alone.under("items.0.") == ragged.under("items.\(index)."))
    }
  }

  @Test(arguments: KernelSet.supported.map(\.name))
  func `gives the same bytes on every kernel set`(name: String) throws {
    let kernels = try #require(KernelSet(named: name))
    let other = PruneOperation(
      pruner: Pruner(kernels: kernels), strategies: BuiltInStrategies(), limits: MessageLimits())
    let body = try draft(#", "timing": false"#).body(.safetensors)
    #expect(try other.answer(body, .safetensors) == operation.answer(body, .safetensors))
  }

  @Test(arguments: [DType.float16, .bfloat16])
  func `returns tokens in the dtype in which they came`(dtype: DType) throws {
    var item = try SampleItems.grid(seed: 3)
    item.tensors[0].1 = try item.tensors[0].1.converted(to: dtype)
    let draft = RequestDraft(fields: SampleItems.strategy, items: [item])
    for form in RequestDraft.Form.allCases {
      let facts = try operation.facts(draft, form)
      #expect(facts.text("items.0.tokens.dtype") == dtype.rawValue)
      #expect(facts.without("timing") == (try operation.facts(draft, .numbers)).without("timing"))
    }
  }

  @Test func `writes tokens as base64 where the request did`() throws {
    let draft = try draft()
    let numbers = try operation.answer(draft.body(.numbers), .json)
    let base64 = try operation.answer(draft.body(.base64), .json)
    #expect(String(decoding: numbers, as: UTF8.self).contains(#""data":["#))
    #expect(!String(decoding: numbers, as: UTF8.self).contains("base64"))
    #expect(String(decoding: base64, as: UTF8.self).contains(#""base64":""#))
    #expect(!String(decoding: base64, as: UTF8.self).contains(#""data""#))
  }

  @Test func `moves no features where none were sent`() throws {
    var item = try SampleItems.grid(seed: 4)
    item.tensors.removeFirst()
    let asked = #", "return": ["tokens", "indices"]"#
    let facts = try operation.facts(
      RequestDraft(fields: SampleItems.strategy + asked, items: [item]), .numbers)
    #expect(!facts.paths.contains("items.0.tokens"))
    #expect(facts.paths.contains("items.0.retained_indices"))
  }

  @Test func `an item's own strategy comes back with the item`() throws {
    let own =
      #""strategy": {"recycling": "none", "global_threshold": 0, "#
      + #""stages": [{"layer": 0, "retain_ratio": 0.2}]}"#
    let items = [
      try SampleItems.grid(seed: 5, fields: own), try SampleItems.grid(seed: 5),
    ]
    let facts = try operation.facts(
      RequestDraft(fields: SampleItems.strategy, items: items), .numbers)
    #expect(facts.integers("items.0.count") == [5])
    #expect(facts.text("items.0.strategy.recycling") == "none")
    #expect(facts.integers("items.0.strategy.layers") == [1])
    #expect(!facts.paths.contains("items.1.strategy.recycling"))
    #expect(facts.integers("strategy.layers") == [12])
  }

  @Test func `a named strategy is resolved and told`() throws {
    var draft = try draft()
    draft.fields = #""strategy": "llava-onevision-7b@0.25", "text_tokens": 7"#
    let facts = try operation.facts(draft, .numbers)
    #expect(facts.integers("strategy.layers") == [28])
    #expect(facts.numbers("strategy.stages.0.retain_ratio") == [0.2651026358526424])
    #expect(facts.text("items.0.report.model") == "llava-onevision-7b")
  }

  @Test func `text tokens and the model only change the report`() throws {
    let plain = try operation.facts(draft(), .numbers)
    let other = try operation.facts(
      draft(#", "text_tokens": 50, "model": {"hidden": 64, "kv_width": 32, "ffn": 128}"#), .numbers)
    #expect(
      plain.without("items.0.report").under("items.0.")
        == other.without("items.0.report").under("items.0."))
    #expect(plain.under("items.0.report.") != other.under("items.0.report."))
    #expect(other.integers("items.0.report.model.kv_width") == [32])
  }

  @Test func `looks at the checkpoint before each item`() throws {
    let request = try operation.decode(
      draft(seeds: [1, 2, 3]).body(.safetensors), as: .safetensors)
    let all = CountedCheckpoint()
    _ = try operation.run(request, checkpoint: all.checkpoint)
    #expect(all.looks >= 3)
    let late = CountedCheckpoint(failingFrom: 2)
    #expect(throws: ServiceProblem(.deadlineExceeded, detail: "late")) {
      _ = try operation.run(request, checkpoint: late.checkpoint)
    }
    #expect(late.looks <= 3)
  }

  @Test func `a deadline ends the attention of one item`() throws {
    let tokens = 4096
    let zeros = try SampleItems.floats([1, 1, tokens, 1], seed: 5)
    let draft = RequestDraft(
      fields: SampleItems.strategy, shared: [("query", zeros), ("key", zeros)])
    let request = try operation.decode(draft.body(.safetensors), as: .safetensors)
    let late = CountedCheckpoint(failingFrom: 5)
    #expect(throws: ServiceProblem(.deadlineExceeded, detail: "late")) {
      _ = try operation.run(request, checkpoint: late.checkpoint)
    }
    // Of some 340 blocks of queries, two or three were worked on.
    #expect(late.looks <= 6)
  }

  @Test func `layouts of many tokens are counted whether they are valid or not`() throws {
    let item = RequestDraft.Item(
      fields: #""layout": {"kind": "frames", "frames": 1, "rows": 1, "columns": 4194304}"#,
      tensors: [("importance", try SampleItems.floats([1], seed: 1))])
    let draft = RequestDraft(
      fields: SampleItems.strategy + #", "partial": true"#,
      items: Array(repeating: item, count: 18))
    let facts = try operation.facts(draft, .safetensors)
    #expect(facts.text("items.15.problem.type") == "/problems/shape-mismatch")
    #expect(facts.text("items.17.problem.type") == "/problems/value-out-of-range")
    #expect(facts.text("items.17.problem.errors.0.pointer") == "/items/17")
  }

  @Test func `stages of many rows are refused before they are listed`() throws {
    let stages = (0..<300).map { #"{"layer": \#($0), "retain_ratio": 1}"# }
    let draft = RequestDraft(
      fields: #""strategy": {"recycling": "none", "stages": [\#(stages.joined(separator: ","))]}"#,
      shared: [("importance", try SampleItems.floats([1, 65_536], seed: 3))])
    let problem = try #require(try operation.problem(draft, .safetensors))
    #expect(problem.type == .valueOutOfRange)
    #expect(problem.pointer == "/strategy/stages")
  }

  @Test func `reports unusual outcomes as flags`() throws {
    var draft = try draft()
    draft.fields = """
      "strategy": {"global_threshold": 24.9, "recycling_cell_size": 2, "stages": [
        {"layer": 0, "retain_ratio": 0.1}]}, "return": ["importance"]
      """
    let facts = try operation.facts(draft, .numbers)
    #expect(facts.text("items.0.flags.0") == "no_global_tokens")
    #expect(facts.text("items.0.flags.1") == "all_recycled")
    #expect(facts.numbers("items.0.importance_map")?.count == 25)
  }
}
