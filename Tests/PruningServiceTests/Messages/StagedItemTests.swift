import PruningService
import Testing

@Suite struct StagedItemTests {
  /// As many items as `items`, with a strategy of as many stages as `stages`.
  private func plan(items: Int, stages: Int) -> String {
    let list = (0..<stages).map { #"{"layer": \#($0), "retain_ratio": 1}"# }
    let one = #"{"input_tokens": 4}"#
    return """
      {"strategy": {"recycling": "none", "stages": [\(list.joined(separator: ", "))]},
       "items": [\([String](repeating: one, count: items).joined(separator: ", "))]}
      """
  }

  @Test func `a batch has a bounded number of stages in all`() {
    #expect(SampleItems.plan.problem(json: plan(items: 64, stages: 1024)) == nil)
    let problem = SampleItems.plan.problem(json: plan(items: 65, stages: 1024))
    #expect(problem?.type == .valueOutOfRange)
    #expect(problem?.pointer == "/items")
  }

  @Test func `the same holds for pruning`() {
    let body = plan(items: 65, stages: 1024)
      .replacing(
        #""input_tokens": 4"#, with: #""importance": {"dtype":"F32","shape":[1],"data":[1]}"#)
    #expect(SampleItems.prune.problem(json: body)?.pointer == "/items")
  }

  @Test func `a request plans a bounded number of tokens`() {
    let layout =
      #"{"layout": {"kind": "frames", "frames": 65536, "rows": 8, "columns": 8, "pool": 1}}"#
    let items = [String](repeating: layout, count: 18).joined(separator: ", ")
    let problem = SampleItems.plan.problem(
      json: "{\(SampleItems.strategy), \"items\": [\(items)]}")
    #expect(problem?.type == .valueOutOfRange)
    #expect(problem?.pointer == "/items/16")
  }
}
