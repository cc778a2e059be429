import PruningService
import Tensors
import Testing

@Suite struct DiscrepancyOperationTests {
  private let operation = SampleItems.discrepancy

  @Test(arguments: RequestDraft.Form.allCases, MessageEncoding.allCases)
  func `says the same in every pair of encodings`(
    form: RequestDraft.Form, answer: MessageEncoding
  ) throws {
    let draft = RequestDraft(
      fields: #""timing": false"#,
      shared: [
        ("full", try SampleItems.floats([3, 8], seed: 1)),
        ("pruned", try SampleItems.floats([3, 8], seed: 2)),
      ])
    let facts = try operation.facts(draft, form, as: answer)
    #expect(facts.paths == ["similarity", "mean", "non_finite"])
    #expect(facts == (try operation.facts(draft, .numbers)))
  }

  @Test func `plain nested lists will do`() throws {
    let text = #"{"full": [[1, 0], [1, 1]], "pruned": [[1, 0], [1, -1]], "timing": false}"#
    let answer = try operation.answer(TensorStorage(text: text), .json)
    #expect(
      String(decoding: answer, as: UTF8.self)
        == #"{"similarity":[1,0],"mean":0.5,"non_finite":0}"#)
  }

  @Test func `rows that are not finite count as 0`() throws {
    let draft = RequestDraft(shared: [
      ("full", try .floats([1, .nan, 1, 1], [2, 2])),
      ("pruned", try .floats([1, 1, 1, 1], [2, 2])),
    ])
    for form in [RequestDraft.Form.base64, .safetensors] {
      let facts = try operation.facts(draft, form)
      #expect(facts.integers("non_finite") == [1])
      #expect(facts.numbers("similarity")?.first == 0)
    }
  }

  @Test(
    arguments: [
      (#"{"full": [[1, 0]]}"#, ProblemType.valueOutOfRange, "/pruned"),
      (#"{"full": [[1, 0]], "pruned": [[1, 0, 2]]}"#, .shapeMismatch, "/pruned"),
      (#"{"full": [1, 0], "pruned": [1, 0]}"#, .shapeMismatch, "/full"),
      (#"{"full": [[1], [0, 1]], "pruned": [[1, 0]]}"#, .valueOutOfRange, "/full"),
      (#"{"full": [[1e39]], "pruned": [[1]]}"#, .malformedBody, "/full"),
      (#"{"full": [[1]], "pruned": [[1]], "items": []}"#, .valueOutOfRange, "/items"),
      (#"{"full": [[1]], "pruned": [[1]], "attention": 1}"#, .valueOutOfRange, "/attention"),
      (#"{"full": [], "pruned": []}"#, .shapeMismatch, "/full"),
      (#"{"full": [[]], "pruned": [[]]}"#, .valueOutOfRange, "/full"),
      (#"{"full": "x", "pruned": [[1]]}"#, .valueOutOfRange, "/full"),
      (
        #"{"full": {"dtype": "U8", "shape": [1, 1], "data": [1]}, "pruned": [[1]]}"#,
        .unsupportedDType, "/full"
      ),
    ])
  func `refuses what cannot be compared`(text: String, type: ProblemType, pointer: String) throws {
    let problem = try #require(operation.problem(json: text))
    #expect(problem.type == type)
    #expect(problem.pointer == pointer)
  }

  @Test(
    arguments: [
      #"{"full": [], "pruned": []}"#,
      #"{"full": {"dtype": "F32", "shape": [0, 2], "data": []}, "pruned": []}"#,
      #"{"full": {"dtype": "F32", "shape": [0, 2], "data": []}, "#
        + #""pruned": {"dtype": "F32", "shape": [0, 2], "data": []}}"#,
    ])
  func `no samples are too few`(text: String) throws {
    let problem = try #require(operation.problem(json: text))
    #expect(problem.type == .shapeMismatch)
    #expect(problem.detail.contains("at least one sample"))
    #expect(problem.extensions.contains { if case .actual = $0 { true } else { false } })
  }

  @Test func `tensors of items are refused`() throws {
    let draft = RequestDraft(items: [
      .init(tensors: [("full", try SampleItems.floats([3, 8], seed: 1))])
    ])
    for form in RequestDraft.Form.allCases {
      #expect(try operation.problem(draft, form)?.type.status == 422)
    }
  }
}
