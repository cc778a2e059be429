import TensorCoding
import Testing

@testable import PruningService

@Suite struct JSONPointerRequestsTests {
  @Test func `names items and tensors as a JSON request would`() {
    #expect(JSONPointer.item(3).description == "/items/3")
    #expect(JSONPointer(tensorNamed: "items.3.tokens").description == "/items/3/tokens")
    #expect(JSONPointer(tensorNamed: "a/b.~").description == "/a~1b/~0")
    #expect(JSONPointer(tensorNamed: "").description == "/")
  }

  @Test func `a name that no request can mean is not repeated`() {
    #expect(JSONPointer(tensorNamed: String(repeating: ".", count: 1 << 20)) == .root)
  }

  @Test func `an answer does not grow with the client's keys`() {
    let parent = JSONPointer.root.appending("items").appending(0)
    let long = String(repeating: "k", count: 1 << 20)
    #expect(parent.appending("short").excerpt == "/items/0/short")
    #expect(parent.appending(long).excerpt == "/items/0")
    #expect(JSONPointer.root.appending(long).excerpt == "")
  }

  @Test func `many unknown keys are told in part`() throws {
    let keys = (0..<1000).map { "\"\($0)\": 1" }.joined(separator: ", ")
    let problem = try #require(
      SampleItems.plan.problem(
        json: "{\(SampleItems.strategy), "
          + "\"items\": [{\"input_tokens\": 4}], \(keys)}"))
    #expect(problem.errors.count == 16)
    let long = String(repeating: "k", count: 1 << 20)
    let one = try #require(
      SampleItems.plan.problem(
        json: "{\(SampleItems.strategy), "
          + "\"items\": [{\"input_tokens\": 4, \"\(long)\": 1}]}"))
    #expect(one.pointer == "/items/0")
    #expect(ProblemDetails(one).encoded().count < 1000)
  }
}
