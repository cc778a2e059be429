import PruningService
import TensorCoding
import Tensors
import Testing

@Suite struct RequestBatchTests {
  private let operation = SampleItems.prune
  private let importance: (String, Tensor)

  init() throws {
    importance = ("importance", try SampleItems.floats([2, 9], seed: 1))
  }

  private func problem(
    shared: [(String, Tensor)] = [], items: [RequestDraft.Item]? = nil, fields: String = "",
    _ form: RequestDraft.Form = .safetensors
  ) throws -> ServiceProblem? {
    try operation.problem(
      RequestDraft(fields: SampleItems.strategy + fields, shared: shared, items: items), form)
  }

  @Test(arguments: RequestDraft.Form.allCases)
  func `settings may accompany a batch axis`(form: RequestDraft.Form) throws {
    let draft = RequestDraft(
      fields: SampleItems.strategy, shared: [importance],
      items: [.init(fields: #""id": "a""#), .init(fields: #""id": "b", "text_tokens": 3"#)])
    let facts = try operation.facts(draft, form)
    #expect(facts.text("items.0.id") == "a")
    #expect(facts.text("items.1.id") == "b")
  }

  @Test(arguments: RequestDraft.Form.allCases)
  func `the settings are as many as the batch axis is long`(form: RequestDraft.Form) throws {
    for count in [0, 1, 3] {
      let items = Array(repeating: RequestDraft.Item(), count: count)
      let problem = try problem(shared: [importance], items: items, form)
      #expect(problem?.type == .valueOutOfRange)
      #expect(problem?.pointer == "/items")
    }
  }

  @Test(arguments: RequestDraft.Form.allCases)
  func `the two ways to batch do not mix`(form: RequestDraft.Form) throws {
    let own = RequestDraft.Item(tensors: [("entropy", try SampleItems.floats([9], seed: 2))])
    let problem = try problem(shared: [importance], items: [.init(), own], form)
    #expect(problem?.type == .valueOutOfRange)
    #expect(problem?.pointer == "/items/1/entropy")
  }

  @Test(arguments: RequestDraft.Form.allCases)
  func `batch axes agree`(form: RequestDraft.Form) throws {
    let shared = [importance, ("entropy", try SampleItems.floats([3, 9], seed: 2))]
    let problem = try problem(shared: shared, form)
    #expect(problem?.type == .shapeMismatch)
    #expect(problem?.pointer == "/entropy")
    #expect(problem?.extensions.contains(.expected([2, 9])) == true)
    #expect(problem?.extensions.contains(.actual([3, 9])) == true)
  }

  @Test func `a scalar has no batch axis`() throws {
    let problem = try problem(shared: [("importance", try .floats([1], []))])
    #expect(problem?.type == .shapeMismatch)
    #expect(problem?.pointer == "/importance")
  }

  @Test(
    arguments: [
      ("importance", [9]), ("received_attention", [9]), ("attention", [9, 9]), ("tokens", [9, 4]),
      ("query", [2, 9, 3]), ("entropy", [9]), ("newline", [4]), ("pixels", [9, 9, 3]),
    ], RequestDraft.Form.allCases)
  func `a top-level tensor without a batch axis is told so`(
    tensor: (name: String, dimensions: [Int]), form: RequestDraft.Form
  ) throws {
    let values = try SampleItems.floats(tensor.dimensions, seed: 1)
    let problem = try problem(shared: [(tensor.name, values)], form)
    #expect(problem?.type == .shapeMismatch)
    #expect(problem?.pointer == "/\(tensor.name)")
    #expect(problem?.detail.contains("batch axis") == true)
    #expect(problem?.extensions.contains(.tensor(tensor.name)) == true)
    #expect(problem?.extensions.contains(.actual(tensor.dimensions)) == true)
  }

  @Test(arguments: [[2, 9], [0, 9], [1 << 40, 0]])
  func `one item has a batch axis, too`(dimensions: [Int]) throws {
    let values = try SampleItems.floats(dimensions, seed: 1)
    let problem = try problem(shared: [("importance", values)])
    #expect((problem == nil) == (dimensions == [2, 9]))
    if let problem { #expect(problem.pointer == "/items") }
  }

  @Test(arguments: RequestDraft.Form.allCases)
  func `there is at least one item`(form: RequestDraft.Form) throws {
    #expect(try problem(form)?.pointer == "/items")
    #expect(try problem(items: [], form)?.pointer == "/items")
  }

  @Test func `there are no more items than allowed`() throws {
    var limits = MessageLimits()
    limits.maximumItems = 2
    let operation = PruneOperation(
      pruner: SampleItems.pruner, strategies: BuiltInStrategies(), limits: limits)
    let items = Array(repeating: RequestDraft.Item(), count: 3)
    let problem = try operation.problem(
      RequestDraft(fields: SampleItems.strategy, items: items), .numbers)
    #expect(problem?.pointer == "/items")
    #expect(problem?.detail.contains("2") == true)
  }

  @Test func `tensors of items are numbered without gaps`() throws {
    let tensor = try SampleItems.floats([9], seed: 1)
    func problem(_ names: [String], request: String) throws -> ServiceProblem? {
      let body = try TensorStorage(
        safetensors: names.map { ($0, tensor) },
        metadata: [("request", "{\(SampleItems.strategy)\(request)}")])
      do throws(ServiceProblem) {
        _ = try operation.answer(body, .safetensors)
        return nil
      } catch { return error }
    }
    #expect(try problem(["items.0.importance", "items.1.importance"], request: "") == nil)
    let gap = ["items.0.importance", "items.2.importance"]
    #expect(try problem(gap, request: "")?.pointer == "/items/1")
    #expect(try problem(["items.999999999.importance"], request: "")?.pointer == "/items/0")
    #expect(try problem(gap, request: #", "items": [{}, {}]"#)?.pointer == "/items/2")
    #expect(
      try problem(gap, request: #", "items": [{}, {}, {}]"#)?.pointer == "/items/1/attention")
  }

  @Test func `safetensors metadata holds no tensors`() throws {
    let object = #"{"dtype": "F32", "shape": [1, 1], "data": [1]}"#
    for (request, pointer) in [
      ("\"importance\": \(object)", "/importance"),
      ("\"items\": [{\"importance\": \(object)}]", "/items/0/importance"),
    ] {
      let tensor = ("importance", try SampleItems.floats([1, 1], seed: 1))
      for tensors in request.hasPrefix("\"items") ? [[]] : [[], [tensor]] {
        let body = try TensorStorage(
          safetensors: tensors, metadata: [("request", "{\(SampleItems.strategy), \(request)}")])
        let problem = #expect(throws: ServiceProblem.self) {
          try operation.answer(body, .safetensors)
        }
        #expect(problem?.pointer == pointer)
        #expect(problem?.detail.contains("container") == true)
      }
    }
  }

  @Test func `an entry of items is an object`() throws {
    let problem = operation.problem(json: "{\(SampleItems.strategy), \"items\": [3]}")
    #expect(problem?.type == .valueOutOfRange)
    #expect(problem?.pointer == "/items/0")
    #expect(operation.problem(json: #"{"items": {}}"#)?.pointer == "/items")
  }
}
