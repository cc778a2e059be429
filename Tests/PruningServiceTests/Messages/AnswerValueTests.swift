import Testing

@testable import PruningService

@Suite struct AnswerValueTests {
  @Test func `members keep their order and absent ones leave no trace`() {
    var object = AnswerObject()
    object.append("b", .integer(1))
    object.append("a", nil)
    object.append("c", .null)
    #expect(object.members.map(\.name) == ["b", "c"])
    #expect(object["a"] == nil)
    guard case .integer(1)? = object["b"] else {
      Issue.record("a member is found by its name")
      return
    }
  }

  @Test func `an array is flat unless it is told otherwise`() {
    #expect(AnswerArray(.uint8([1, 2, 3])).dimensions == [3])
    #expect(AnswerArray(.float32([1, 2]), dimensions: [1, 2]).dimensions == [1, 2])
    #expect(AnswerArray(.int32([])).elements.count == 0)
    #expect(AnswerArray(.uint8([1, 2]), dimensions: [2]) == AnswerArray(.uint8([1, 2])))
  }

  @Test func `a heap buffer keeps what was filled`() {
    let buffer = HeapAnswerBuffer(capacity: 4)
    buffer.write { span in
      span.storeBytes(of: 7, toByteOffset: 1, as: UInt8.self)
      return 2
    }
    #expect(buffer.bytes == [0, 7])
  }
}
