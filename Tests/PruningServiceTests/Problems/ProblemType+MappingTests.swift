import TensorCoding
import Tensors
import Testing
import TokenPruning

@testable import PruningService

@Suite struct ProblemTypeMappingTests {
  @Test func `every fault of a body is a 400, 413 or 422, by its kind`() {
    for code in CodingError.Code.allCases {
      let expected: [Int] =
        switch code.fault {
        case .malformed: [400]
        case .tooLarge: [413]
        case .invalid, .unsupportedDType: [422]
        }
      #expect(expected.contains(ProblemType(code).status), "\(code)")
      #expect(!code.rule.isEmpty)
    }
    let rules = CodingError.Code.allCases.map(\.rule)
    #expect(Set(rules).count == rules.count)
  }

  @Test func `a malformed body tells format and offset`() {
    var error = CodingError(.invalidNumber, .json, offset: 17)
    error.index = 3
    let problem = ServiceProblem(error)
    #expect(problem.type == .malformedBody)
    #expect(problem.extensions == [.format("json"), .offset(17), .index(3)])
    #expect(problem.errors.isEmpty)
  }

  @Test func `a tensor of a file is pointed at by its path`() {
    var error = CodingError(.overlap, .safetensors)
    error.tensor = "items.2.tokens"
    #expect(ServiceProblem(error).pointer == "/items/2/tokens")
    let header = CodingError(.duplicateKey, .safetensors, pointer: .root.appending("tokens"))
    #expect(ServiceProblem(header).pointer == nil)
  }

  @Test func `the error's own place wins over the caller's`() {
    let place = JSONPointer.root.appending("tokens")
    let own = CodingError(.wrongType, .json, pointer: place.appending("shape"))
    #expect(ServiceProblem(own, at: place).pointer == "/tokens/shape")
    #expect(ServiceProblem(CodingError(.wrongType, .json), at: place).pointer == "/tokens")
  }

  @Test(
    arguments: [
      (PruningError.Code.shapeMismatch, ProblemType.shapeMismatch),
      (.unsupportedDType, .unsupportedDType), (.nonFiniteValue, .nonFiniteValue),
      (.valueOutOfRange, .valueOutOfRange), (.missingValue, .valueOutOfRange),
      (.missingTensor, .valueOutOfRange), (.conflictingTensors, .valueOutOfRange),
      (.budgetInfeasible, .budgetInfeasible),
    ])
  func `every fault of the method is a 422`(code: PruningError.Code, type: ProblemType) {
    #expect(ProblemType(code) == type)
    #expect(ProblemType(code).status == 422)
  }

  @Test func `every setting has a place`() {
    var place = ItemPlace(item: .item(1))
    for field in PruningField.allCases {
      let pointer = place.pointer(to: field, stage: 2).description
      #expect(pointer.hasSuffix(field.rawValue), "\(field)")
    }
    #expect(
      place.pointer(to: .retainRatio, stage: 2).description
        == "/items/1/strategy/stages/2/retain_ratio")
    #expect(place.pointer(to: .rows, stage: nil).description == "/items/1/layout/rows")
    #expect(place.pointer(to: .hidden, stage: nil).description == "/model/hidden")
    #expect(place.pointer(to: .attention).description == "/items/1/attention")
    place.strategy = .root.appending("strategy")
    place.isStrategyNamed = true
    #expect(place.pointer(to: .retainRatio, stage: 2).description == "/strategy")
  }

  @Test(arguments: ["tokens", "attention", "importance", "entropy"])
  func `a value that is not finite is told with tensor and index`(name: String) throws {
    var item = try SampleItems.grid(seed: 1)
    item.tensors.append(("entropy", try SampleItems.floats([25], seed: 1)))
    if name == "importance" {
      item.tensors[1] = ("importance", try SampleItems.floats([25], seed: 1))
    }
    let index = try #require(item.tensors.firstIndex { $0.0 == name })
    let tensor = item.tensors[index].1
    var values = (0..<tensor.shape.elementCount).map { tensor.float(at: $0) }
    values[7] = .infinity
    item.tensors[index].1 = try .floats(values, tensor.shape.dimensions)
    let draft = RequestDraft(
      fields: SampleItems.strategy, items: [try SampleItems.grid(seed: 2), item])
    let problem = try #require(try SampleItems.prune.problem(draft, .safetensors))
    #expect(problem.type == .nonFiniteValue)
    #expect(problem.pointer == "/items/1/\(name)")
    #expect(problem.extensions == [.tensor(name), .index(7)])
  }

  @Test(
    arguments: [
      (#""data": [1, 2, 3]"#, [3]), (#""data": [[1, 2], [3, 4], [5, 6]]"#, [3, 2]),
      (#""data": [[1], [2, 3]]"#, [3]), (#""base64": "AAAAAAAAAAA=""#, [2]),
      (#""base64": "AAAAAA==""#, [1]),
    ])
  func `data of the wrong length tell shape and length`(data: String, actual: [Int]) throws {
    let tensor = #""importance": {"dtype": "F32", "shape": [1, 4], \#(data)}"#
    let problem = try #require(
      SampleItems.prune.problem(json: "{\(SampleItems.strategy), \(tensor)}"))
    #expect(problem.type == .shapeMismatch)
    #expect(problem.pointer?.hasPrefix("/importance/") == true)
    #expect(
      problem.extensions == [.tensor("importance"), .expected([1, 4]), .actual(actual)])
  }

  @Test func `an infeasible budget is told with its numbers`() throws {
    let strategy = """
      "strategy": {"recycling": "none", "layers": 4, "token_budget": 0.6, "stages": [
        {"layer": 0, "retain_ratio": 0.5}, {"layer": 2}]}
      """
    let draft = RequestDraft(fields: strategy, items: [try SampleItems.grid(seed: 1)])
    let problem = try #require(try SampleItems.prune.problem(draft, .numbers))
    #expect(problem.type == .budgetInfeasible)
    for number in ["0.6", "0.25", "0.5"] { #expect(problem.detail.contains(number)) }
  }

  @Test(
    arguments: [
      ([("attention", [16, 16]), ("entropy", [17])], ProblemType.shapeMismatch, "/entropy"),
      ([("tokens", [9, 2]), ("importance", [16])], .shapeMismatch, "/importance"),
      ([("tokens", [16]), ("importance", [16])], .shapeMismatch, "/tokens"),
      ([("tokens", [0, 2]), ("importance", [16])], .shapeMismatch, "/tokens"),
      ([("tokens", [9, 2]), ("attention", [9, 8])], .shapeMismatch, "/attention"),
      ([("importance", [8])], .valueOutOfRange, "/layout"),
    ])
  func `without a layout tokens or else the importance source tell the length`(
    tensors: [(String, [Int])], type: ProblemType, pointer: String
  ) throws {
    let tensors = try tensors.map { ($0.0, try SampleItems.floats($0.1, seed: 1)) }
    let draft = RequestDraft(fields: SampleItems.strategy, items: [.init(tensors: tensors)])
    for form in RequestDraft.Form.allCases {
      let problem = try #require(try SampleItems.prune.problem(draft, form))
      #expect(problem.type == type)
      #expect(problem.pointer == "/items/0\(pointer)")
    }
  }

  @Test func `a wrong element type tells what would do`() throws {
    var item = try SampleItems.grid(seed: 1)
    item.tensors.append(("pixels", try SampleItems.floats([10, 10, 3], seed: 1)))
    let draft = RequestDraft(fields: SampleItems.strategy, items: [item])
    let problem = try #require(try SampleItems.prune.problem(draft, .base64))
    #expect(problem.type == .unsupportedDType)
    #expect(problem.extensions == [.tensor("pixels"), .supported(["U8"])])
  }

  @Test func `exactly one importance source is needed`() throws {
    var item = try SampleItems.grid(seed: 1)
    item.tensors.append(("importance", try SampleItems.floats([25], seed: 1)))
    let both = RequestDraft(fields: SampleItems.strategy, items: [item])
    #expect(try SampleItems.prune.problem(both, .numbers)?.pointer == "/items/0/importance")
    item.tensors.removeLast(2)
    let none = RequestDraft(fields: SampleItems.strategy, items: [item])
    #expect(try SampleItems.prune.problem(none, .numbers)?.type == .valueOutOfRange)
    item.tensors.append(("query", try SampleItems.floats([1, 25, 2], seed: 1)))
    let half = RequestDraft(fields: SampleItems.strategy, items: [item])
    #expect(try SampleItems.prune.problem(half, .numbers)?.pointer == "/items/0/key")
  }
}
