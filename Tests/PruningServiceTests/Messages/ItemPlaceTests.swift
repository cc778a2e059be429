import TensorCoding
import Testing
import TokenPruning

@testable import PruningService

@Suite struct ItemPlaceTests {
  @Test func `settings sit in the item until they are said to sit elsewhere`() {
    var place = ItemPlace(item: .item(2))
    #expect(place.strategy.description == "/items/2/strategy")
    #expect(place.layout.description == "/items/2/layout")
    #expect(place.textTokens.description == "/items/2/text_tokens")
    #expect(!place.isStrategyNamed)
    place.layout = .root.appending("layout")
    place.textTokens = .root.appending("text_tokens")
    #expect(place.layout.description == "/layout")
    #expect(place.pointer(to: .textTokens, stage: nil).description == "/text_tokens")
    #expect(place.strategy.description == "/items/2/strategy")
  }
}
