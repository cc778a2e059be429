import PruningService
import TensorCoding
import Testing

@Suite struct ProblemDetailsTests {
  private func text(_ details: ProblemDetails) -> String {
    String(decoding: details.encoded(), as: UTF8.self)
  }

  @Test func `renders the members of RFC 9457 and its extensions in order`() {
    let problem = ServiceProblem(
      .shapeMismatch, at: .root.appending("items").appending(3), "of no use",
      extensions: [.tensor("attention"), .expected([nil, 81, 81]), .actual([4, 81, 80])])
    #expect(
      text(ProblemDetails(problem, instance: "/v1/prune", requestID: "r-1"))
        == #"{"type":"/problems/shape-mismatch","title":"A tensor has the wrong shape","#
        + #""status":422,"detail":"/items/3: of no use","instance":"/v1/prune","#
        + #""errors":[{"pointer":"/items/3","detail":"of no use"}],"tensor":"attention","#
        + #""expected":[null,81,81],"actual":[4,81,80],"request_id":"r-1"}"#)
  }

  @Test func `leaves out what does not apply`() {
    #expect(
      text(ProblemDetails(ServiceProblem(.internal, detail: "see the log"), errorID: "e-9"))
        == #"{"type":"/problems/internal","title":"The server failed","status":500,"#
        + #""detail":"see the log","error_id":"e-9"}"#)
  }

  @Test(
    arguments: [
      (.offset(4), #""offset":4"#), (.format("json"), #""format":"json""#),
      (.limitBytes(9), #""limit_bytes":9"#), (.supported(["F32"]), #""supported":["F32"]"#),
      (.index(2), #""index":2"#), (.budgetRatio(0.25), #""budget_ratio":0.25"#),
      (.smallestRatio(0.5), #""smallest_ratio":0.5"#),
      (.largestRatio(0.75), #""largest_ratio":0.75"#), (.state("done"), #""state":"done""#),
    ] as [(ProblemExtension, String)])
  func `each extension has a typed member`(fact: ProblemExtension, member: String) {
    let problem = ServiceProblem(.internal, detail: "", extensions: [fact])
    #expect(text(ProblemDetails(problem)).contains(member))
  }

  @Test func `several faults keep their order and the first is the pointer`() {
    let problem = ServiceProblem(
      .valueOutOfRange, detail: "two faults",
      errors: [.init(pointer: "/a", detail: "x"), .init(pointer: "/b", detail: "y")])
    #expect(problem.pointer == "/a")
    #expect(text(ProblemDetails(problem)).contains(#"{"pointer":"/b","detail":"y"}"#))
    #expect(ServiceProblem(.draining, detail: "").pointer == nil)
  }

  @Test func `text of any kind is escaped`() {
    let problem = ServiceProblem(.internal, detail: "a\"\\\u{1}\n")
    #expect(text(ProblemDetails(problem)).contains(#"a\"\\\u0001\n"#))
  }
}
