/// How many visual tokens one answer is about.
struct TokenTally: Sendable, Equatable {
  /// Tokens that came in.
  var input = 0
  /// Rows that go out.
  var kept = 0
  /// Rows among them that are recycled tokens.
  var recycled = 0
}

extension TokenTally {
  /// Adds up the items of an answer to a prune request; facts that nobody asked for count as zero.
  init(_ answer: AnswerDocument) {
    guard case .list(let items) = answer.body["items"] else { return }
    for case .object(let item) in items { add(item) }
  }

  private mutating func add(_ item: AnswerObject) {
    if case .integer(let count) = item["input_tokens"] { input += count }
    if case .integer(let count) = item["count"] { kept += count }
    if case .array(let mask) = item["recycled_mask"], case .uint8(let bits) = mask.elements {
      for bit in bits { recycled += Int(bit) }
    }
  }
}
