import Testing

@testable import PruningService

@Suite struct TokenTallyTests {
  private func item(_ input: Int, _ count: Int, mask: [UInt8]?) -> AnswerValue {
    var item = AnswerObject()
    item.append("input_tokens", .integer(input))
    item.append("count", .integer(count))
    item.append("recycled_mask", mask.map { .array(AnswerArray(.uint8($0))) })
    return .object(item)
  }

  @Test func `items add up`() {
    var body = AnswerObject()
    body.append(
      "items", .list([item(16, 4, mask: [0, 1, 1, 0]), item(9, 2, mask: nil), .string("odd")]))
    let tally = TokenTally(AnswerDocument(body, tellsTiming: false))
    #expect(tally == TokenTally(input: 25, kept: 6, recycled: 2))
  }

  @Test func `an answer without items counts nothing`() {
    let answer = AnswerDocument(AnswerObject(), tellsTiming: true)
    #expect(TokenTally(answer) == TokenTally())
  }
}
