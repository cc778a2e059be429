import PruningService
import Tensors
import Testing

@Suite struct BatchItemAnswersTests {
  private let operation = SampleItems.prune

  /// Three items, of which the second has attention for another number of tokens.
  private func draft(_ fields: String = "") throws -> RequestDraft {
    var items = try [1, 2, 3].map {
      try SampleItems.grid(seed: $0, fields: "\"id\": \"item \($0)\"")
    }
    items[1].tensors[1].1 = try SampleItems.attention([2], tokens: 24, seed: 9)
    return RequestDraft(fields: SampleItems.strategy + fields, items: items)
  }

  @Test(arguments: RequestDraft.Form.allCases)
  func `one bad item fails the whole batch with its pointer`(form: RequestDraft.Form) throws {
    let problem = try #require(try operation.problem(draft(), form))
    #expect(problem.type == .shapeMismatch)
    #expect(problem.pointer == "/items/1/attention")
    #expect(problem.extensions.contains(.tensor("attention")))
    #expect(problem.extensions.contains(.actual([2, 24, 24])))
    #expect(problem.extensions.contains(.expected([nil, 25, 25])))
  }

  @Test(arguments: RequestDraft.Form.allCases)
  func `in a partial request the bad item alone carries the problem`(
    form: RequestDraft.Form
  ) throws {
    let facts = try operation.facts(draft(#", "partial": true"#), form)
    #expect(facts.text("items.1.problem.type") == "/problems/shape-mismatch")
    #expect(facts.integers("items.1.problem.status") == [422])
    #expect(facts.text("items.1.problem.errors.0.pointer") == "/items/1/attention")
    #expect(facts.text("items.1.id") == "item 2")
    #expect(facts.numbers("items.1.importance") == nil)
    var good = try draft()
    good.items?.remove(at: 1)
    let alone = try operation.facts(good, form)
    #expect(facts.under("items.0.") == alone.under("items.0."))
    #expect(facts.under("items.2.") == alone.under("items.1."))
  }

  @Test(
    arguments: [
      (#""surprise": 1"#, "/items/0/surprise", ProblemType.valueOutOfRange),
      (#""strategy": "nowhere""#, "/items/0/strategy", .notFound),
      (#""layout": {"kind": "grid", "rows": 5}"#, "/items/0/layout/columns", .valueOutOfRange),
      (#""id": 5"#, "/items/0/id", .valueOutOfRange),
    ])
  func `a fault of an item's settings is that item's own`(
    fields: String, pointer: String, type: ProblemType
  ) throws {
    var draft = RequestDraft(
      fields: SampleItems.strategy,
      items: [try SampleItems.grid(seed: 1, fields: fields), try SampleItems.grid(seed: 2)])
    for form in RequestDraft.Form.allCases {
      let problem = try #require(try operation.problem(draft, form))
      #expect(problem.type == type && problem.pointer == pointer)
    }
    draft.fields += #", "partial": true"#
    let facts = try operation.facts(draft, .safetensors)
    #expect(facts.text("items.0.problem.type") == type.uri)
    #expect(facts.text("items.0.problem.errors.0.pointer") == pointer)
    #expect(facts.text("items.1.digest") != nil)
  }

  @Test func `a fault of the bytes is never one item's own`() throws {
    let text =
      #"{"partial": true, "strategy": "llava-onevision-7b@0.50", "items": [{"tokens": "#
      + #"{"dtype": "F32", "shape": [1, 1], "base64": "@@@@@@=="}}]}"#
    let problem = try #require(operation.problem(json: text))
    #expect(problem.type == .malformedBody)
    #expect(problem.pointer == "/items/0/tokens/base64")
  }

  @Test func `what is no object is one item's own fault`() throws {
    let text =
      #"{"partial": true, "strategy": "llava-onevision-7b@0.50", "items": [3, {"id": "b"}]}"#
    let facts = try AnswerFacts(json: operation.answer(TensorStorage(text: text), .json))
    #expect(facts.text("items.0.problem.errors.0.pointer") == "/items/0")
    #expect(facts.text("items.1.id") == "b")
  }

  @Test func `what the checkpoint throws ends a partial request too`() throws {
    let request = try operation.decode(
      draft(#", "partial": true"#).body(.numbers), as: .json)
    #expect(throws: ServiceProblem(.draining, detail: "stop")) {
      let checkpoint = Checkpoint { () throws(ServiceProblem) in
        throw ServiceProblem(.draining, detail: "stop")
      }
      _ = try operation.run(request, checkpoint: checkpoint)
    }
  }

  @Test func `a partial request where every item is faulty is still answered`() throws {
    let draft = RequestDraft(
      fields: SampleItems.strategy + #", "partial": true"#, items: [.init(), .init()])
    let facts = try operation.facts(draft, .safetensors)
    #expect(facts.text("items.0.problem.errors.0.pointer") == "/items/0/attention")
    #expect(facts.text("items.1.problem.errors.0.pointer") == "/items/1/attention")
  }
}
