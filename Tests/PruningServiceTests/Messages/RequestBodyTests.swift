import TensorCoding
import Tensors
import Testing
import TokenPruning

@testable import PruningService

@Suite struct RequestBodyTests {
  private func read(
    _ tensors: [String], request: String? = nil
  ) throws -> RequestBody {
    let tensor = try Tensor.floats([1, 2], [1, 2])
    let body = try TensorStorage(
      safetensors: tensors.map { ($0, tensor) },
      metadata: [("format", "pt")] + (request.map { [("request", $0)] } ?? []))
    return try RequestBody(
      body, as: .safetensors, names: TensorName.ofItem, limits: CodingLimits())
  }

  @Test func `places tensors by name`() throws {
    let body = try read(["tokens", "key"])
    #expect(Set(body.shared.names) == [.tokens, .key])
    #expect(body.perItem.isEmpty)
    let items = try read(["items.0.tokens", "items.0.importance", "items.12.pixels"])
    #expect(items.shared.isEmpty)
    #expect(items.perItem[0].map { Set($0.names) } == [.tokens, .importance])
    #expect(items.perItem[12].map { Set($0.names) } == [.pixels])
  }

  @Test(
    arguments: [
      ("full", "/full"), ("items", "/items"), ("items.0", "/items/0"),
      ("items.0.depth", "/items/0/depth"), ("items.01.tokens", "/items/01/tokens"),
      ("items.+1.tokens", "/items/+1/tokens"), ("items.-1.tokens", "/items/-1/tokens"),
      ("items.9223372036854775807.tokens", "/items/9223372036854775807/tokens"),
      ("items.0.tokens.x", "/items/0/tokens/x"), ("Tokens", "/Tokens"), ("", "/"),
      ("item.0.tokens", "/item/0/tokens"),
    ])
  func `refuses tensors that the request does not have`(name: String, pointer: String) throws {
    let problem = #expect(throws: ServiceProblem.self) { try read([name]) }
    #expect(problem?.type == .valueOutOfRange)
    #expect(problem?.pointer == pointer)
  }

  @Test func `a missing request means all defaults`() throws {
    var body = try read(["tokens"])
    #expect(body.fields.unreadKeys.isEmpty)
    body = try read(["tokens"], request: #"{"partial": true}"#)
    #expect(try body.fields.boolean("partial") == true)
  }

  @Test(arguments: ["{", "", #"{"a": 1, "a": 2}"#, #"{"a": 01}"#, "{} {}", "\u{FEFF}{}"])
  func `malformed JSON is a 400 in either encoding`(text: String) throws {
    let json = #expect(throws: ServiceProblem.self) {
      try RequestBody(
        TensorStorage(text: text), as: .json, names: TensorName.ofItem, limits: CodingLimits())
    }
    #expect(json?.type == .malformedBody)
    #expect(json?.extensions.contains(.format("json")) == true)
    let binary = #expect(throws: ServiceProblem.self) { try read([], request: text) }
    #expect(binary?.type == .malformedBody)
  }

  @Test func `a duplicate key is told with its pointer`() throws {
    let problem = SampleItems.prune.problem(json: #"{"items": [{"id": "a", "id": "b"}]}"#)
    #expect(problem?.type == .malformedBody)
    #expect(problem?.pointer == "/items/0/id")
  }

  @Test func `the document must be an object`() throws {
    #expect(SampleItems.prune.problem(json: "[]")?.type == .valueOutOfRange)
    #expect(SampleItems.prune.problem(json: "7")?.pointer == "")
  }

  @Test func `a container that breaks its rules is a 400`() throws {
    for bytes in [[], [1, 2, 3], [255, 0, 0, 0, 0, 0, 0, 0, 123, 125]] as [[UInt8]] {
      let problem = #expect(throws: ServiceProblem.self) {
        try RequestBody(
          TensorStorage(bytes), as: .safetensors, names: TensorName.ofItem, limits: CodingLimits())
      }
      #expect(problem?.type == .malformedBody)
      #expect(problem?.extensions.contains(.format("safetensors")) == true)
    }
  }

  @Test func `an element type that is not carried here is a 422`() throws {
    let header = #"{"items.0.tokens":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#
    let bytes = [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8)
    let body = TensorStorage(bytes + [UInt8](repeating: 0, count: 8))
    let request = try RequestBody(
      body, as: .safetensors, names: TensorName.ofItem, limits: CodingLimits())
    // Found out when the item is read, so that it can be that item's own fault.
    let part = try #require(request.perItem[0]?[.tokens])
    let problem = #expect(throws: ServiceProblem.self) {
      try part.tensor(.tokens, in: .item(0), limits: CodingLimits())
    }
    #expect(problem?.type == .unsupportedDType)
    #expect(problem?.pointer == "/items/0/tokens")
    #expect(problem?.extensions.contains(.tensor("tokens")) == true)
  }

  @Test(
    arguments: [
      (#"{"dtype": "F64", "shape": [1], "data": [1]}"#, ProblemType.unsupportedDType, "/dtype"),
      (#"{"dtype": "F32", "shape": [2], "data": [1]}"#, .shapeMismatch, "/data"),
      (#"{"dtype": "F32", "shape": [-1], "data": []}"#, .valueOutOfRange, "/shape"),
      (#"{"dtype": "F32", "shape": [1.5], "data": [1]}"#, .valueOutOfRange, "/shape"),
      (
        #"{"dtype": "F32", "shape": [4294967296, 4294967296], "data": []}"#, .valueOutOfRange,
        "/shape"
      ),
      (#"{"dtype": "F32", "data": [1]}"#, .valueOutOfRange, "/shape"),
      (#"{"dtype": "F32", "shape": [1], "data": [1], "x": 1}"#, .valueOutOfRange, "/x"),
      (#"{"dtype": "F32", "shape": [1], "base64": "AAAAA==="}"#, .malformedBody, "/base64"),
      (#"{"dtype": "F32", "shape": [1], "base64": "AAAAAAA="}"#, .shapeMismatch, "/base64"),
      (#"{"dtype": "F32", "shape": [1], "data": [1e39]}"#, .malformedBody, "/data"),
      (#"{"dtype": "U8", "shape": [1], "data": [256]}"#, .malformedBody, "/data"),
      (#"{"dtype": "F32", "shape": [2], "data": [1, "a"]}"#, .valueOutOfRange, "/data/1"),
      ("5", .valueOutOfRange, ""),
    ])
  func `faults of a tensor object are told at its member`(
    object: String, type: ProblemType, member: String
  ) throws {
    let strategy = SampleItems.strategy
    let shared = SampleItems.prune.problem(json: "{\(strategy), \"importance\": \(object)}")
    #expect(shared?.type == type)
    #expect(shared?.pointer == "/importance" + member)
    let own = SampleItems.prune.problem(
      json: "{\(strategy), \"items\": [{\"importance\": \(object)}]}")
    #expect(own?.type == type)
    #expect(own?.pointer == "/items/0/importance" + member)
  }
}
