import TensorCoding
import Tensors
import Testing
import TokenPruning

@testable import PruningService

@Suite struct StrategyListingTests {
  private func facts(_ document: AnswerDocument) throws -> AnswerFacts {
    try AnswerFacts(json: AnswerEncoder.json(document.body))
  }

  @Test func `lists the built-in strategies with their budgets`() throws {
    let facts = try facts(StrategyListing.document(of: BuiltInStrategies().all))
    for (index, name) in ["@0.50", "@0.25", "@0.10"].enumerated() {
      #expect(facts.text("strategies.\(index).name") == "llava-onevision-7b" + name)
      #expect(facts.integers("strategies.\(index).strategy.layers") == [28])
    }
    let budgets = try (0...2).map { try #require(facts.numbers("strategies.\($0).budget")?.first) }
    #expect(zip(budgets, [0.5008, 0.2507, 0.1] as [Float]).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test func `what is listed can be sent back`() throws {
    for named in BuiltInStrategies().all {
      let body = StrategyListing.document(of: named).body
      guard case .object(let strategy)? = body["strategy"] else {
        Issue.record("a listed strategy is an object")
        return
      }
      let text = String(decoding: try AnswerEncoder.json(strategy), as: UTF8.self)
      let item = RequestDraft.Item(tensors: [("importance", try SampleItems.floats([49], seed: 1))])
      let byName = try SampleItems.prune.facts(
        RequestDraft(fields: "\"strategy\": \"\(named.name)\"", items: [item]), .numbers)
      let byValue = try SampleItems.prune.facts(
        RequestDraft(fields: "\"strategy\": \(text)", items: [item]), .numbers)
      #expect(byName.without("timing") == byValue.without("timing"))
    }
  }

  @Test func `names are exact`() {
    #expect(BuiltInStrategies().strategy(named: "llava-onevision-7b@0.25")?.isReadOnly == true)
    #expect(BuiltInStrategies().strategy(named: "llava-onevision-7b@0.250") == nil)
  }
}
