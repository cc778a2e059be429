import Testing
import TokenPruning

@testable import PruningService

@Suite struct TensorTableTests {
  @Test func `values are found by name and replaced`() {
    var table = TensorTable<Int>()
    #expect(table.isEmpty && table[.tokens] == nil)
    table[.tokens] = 1
    table[.key] = 2
    table[.tokens] = 3
    #expect(table[.tokens] == 3 && table[.key] == 2 && table[.query] == nil)
    #expect(table.names == [.tokens, .key] && table.count == 2)
  }

  @Test func `setting nil changes nothing`() {
    var table = TensorTable<Int>()
    table[.pixels] = 1
    table[.pixels] = nil
    table[.entropy] = nil
    #expect(table.names == [.pixels] && table[.pixels] == 1)
  }

  @Test func `other values keep their names`() {
    var table = TensorTable<Int>()
    for (index, name) in TensorName.allCases.enumerated() { table[name] = index }
    let texts = table.mapValues { "\($0)" }
    #expect(texts.names == TensorName.allCases)
    #expect(texts[.tokens] == "0" && texts.count == table.count)
  }
}
