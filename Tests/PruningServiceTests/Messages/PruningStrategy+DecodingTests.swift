import PruningService
import Tensors
import Testing
import TokenPruning

@Suite struct PruningStrategyDecodingTests {
  private let operation = SampleItems.prune

  private func problem(_ strategy: String, own: Bool = false) throws -> ServiceProblem? {
    let tensors = [("importance", try SampleItems.floats([16], seed: 1))]
    let field = "\"strategy\": \(strategy)"
    return try operation.problem(
      RequestDraft(
        fields: own ? "" : field, items: [.init(fields: own ? field : "", tensors: tensors)]),
      .numbers)
  }

  @Test(
    arguments: [
      (#"{"stages": [{"layer": 0}]}"#, "/stages/0/retain_ratio"),
      (#"{"stages": [{"layer": 1, "retain_ratio": 1}]}"#, "/stages/0/layer"),
      (#"{"stages": [{"retain_ratio": 1}]}"#, "/stages/0/layer"),
      (
        #"{"stages": [{"layer": 0, "retain_ratio": 1}, {"layer": 0, "retain_ratio": 1}]}"#,
        "/stages/1/layer"
      ),
      (
        #"{"stages": [{"layer": 0, "retain_ratio": 1}, {"layer": 2, "retain_ratio": 1.5}]}"#,
        "/stages/1/retain_ratio"
      ),
      (#"{"stages": [{"layer": 0, "retain_ratio": 0}]}"#, "/stages/0/retain_ratio"),
      (#"{"stages": [{"layer": 0, "retain_ratio": 1, "x": 1}]}"#, "/stages/0/x"),
      (#"{"stages": [{"layer": 0.5, "retain_ratio": 1}]}"#, "/stages/0/layer"),
      (#"{"stages": [{"layer": -1, "retain_ratio": 1}]}"#, "/stages/0/layer"),
      (#"{"stages": [5]}"#, "/stages/0"), (#"{"stages": []}"#, "/stages"),
      (#"{"stages": {}}"#, "/stages"), (#"{}"#, "/stages"),
      (#"{"stages": [{"layer": 0, "retain_ratio": 0.5}]}"#, "/recycling_cell_size"),
      (
        #"{"recycling_cell_size": 0.5, "stages": [{"layer": 0, "retain_ratio": 0.5}]}"#,
        "/recycling_cell_size"
      ),
      (#"{"recycling": "nearest", "stages": [{"layer": 0, "retain_ratio": 0.5}]}"#, "/recycling"),
      (
        #"{"recycling": "none", "count": "all", "stages": [{"layer": 0, "retain_ratio": 0.5}]}"#,
        "/count"
      ),
      (
        #"{"recycling": "none", "layers": 0, "stages": [{"layer": 0, "retain_ratio": 0.5}]}"#,
        "/layers"
      ),
      (
        #"{"recycling": "none", "layers": 4, "stages": [{"layer": 0, "retain_ratio": 0.5}, "#
          + #"{"layer": 4, "retain_ratio": 0.5}]}"#, "/stages/1/layer"
      ),
      (#"{"method": "fastv", "stages": [{"layer": 0, "retain_ratio": 0.5}]}"#, "/method"),
      (#"{"global_threshold": "high", "stages": []}"#, "/global_threshold"),
      (
        #"{"recycling": "none", "token_budget": 0.4, "#
          + #""stages": [{"layer": 0, "retain_ratio": 0.5}]}"#, "/token_budget"
      ),
      (#"{"budget": 0.4, "stages": []}"#, "/budget"),
    ])
  func `faults are told where they sit, in the default or the item's own`(
    strategy: String, pointer: String
  ) throws {
    let shared = try problem(strategy)
    #expect(shared?.type == .valueOutOfRange)
    #expect(shared?.pointer == "/strategy" + pointer)
    let own = try problem(strategy, own: true)
    #expect(own?.pointer == "/items/0/strategy" + pointer)
  }

  @Test func `a finished importance leaves nothing to weigh`() throws {
    let draft = RequestDraft(
      fields: #""strategy": {"entropy_weight": 0.5, "recycling": "none", "#
        + #""stages": [{"layer": 0, "retain_ratio": 0.5}]}"#,
      items: [
        .init(tensors: [
          ("importance", try SampleItems.floats([16], seed: 1)),
          ("entropy", try SampleItems.floats([16], seed: 2)),
        ])
      ])
    let problem = try operation.problem(draft, .safetensors)
    #expect(problem?.type == .valueOutOfRange)
    #expect(problem?.pointer == "/strategy/entropy_weight")
  }

  @Test func `a budget that no last ratio meets is infeasible`() throws {
    let strategy =
      #"{"recycling": "none", "token_budget": 0.25, "layers": 28, "stages": ["#
      + #"{"layer": 0, "retain_ratio": 0.25}, {"layer": 9, "retain_ratio": 0.5333}, {"layer": 18}]}"#
    let problem = try #require(try problem(strategy))
    #expect(problem.type == .budgetInfeasible)
    #expect(problem.pointer == "/strategy/token_budget")
    #expect(problem.extensions.contains(.budgetRatio(0.25)))
    let smallest = problem.extensions.contains {
      if case .smallestRatio(let ratio) = $0 { ratio > 0 && ratio < 0.25 } else { false }
    }
    #expect(smallest)
  }

  @Test func `the budget fixes the last ratio`() throws {
    let draft = RequestDraft(
      fields: """
        "strategy": {"recycling": "none", "token_budget": 0.5, "layers": 4, "stages": [
          {"layer": 0, "retain_ratio": 0.75}, {"layer": 2}]}
        """, items: [.init(tensors: [("importance", try SampleItems.floats([16], seed: 1))])])
    let facts = try operation.facts(draft, .numbers)
    #expect(facts.numbers("strategy.stages.1.retain_ratio") == [1.0 / 3])
    #expect(facts.integers("items.0.count") == [12])
    #expect(facts.integers("items.0.stages.0.count") == [4])
  }

  @Test func `nothing inside a named strategy is pointed at`() throws {
    let draft = RequestDraft(
      fields: #""strategy": "llava-onevision-7b@0.10""#,
      items: [.init(tensors: [("importance", try SampleItems.floats([12], seed: 1))])])
    #expect(try operation.problem(draft, .numbers)?.pointer == "/items/0/layout")
    let exact = RequestDraft(
      fields: #""strategy": "late", "layout": {"kind": "grid", "rows": 3, "columns": 4}"#,
      items: [.init(tensors: [("importance", try SampleItems.floats([12], seed: 1))])])
    let late = PruneOperation(
      pruner: SampleItems.pruner, strategies: LateStrategy(), limits: MessageLimits())
    #expect(try late.problem(exact, .numbers)?.pointer == "/strategy")
  }
}

/// A resolver whose one strategy starts too late.
private struct LateStrategy: StrategyResolver {
  func strategy(named name: String) -> NamedStrategy? {
    NamedStrategy(
      name: name, isReadOnly: true,
      strategy: PruningStrategy(stages: [PruningStage(layer: 3, retainRatio: 0.5)]))
  }
}
