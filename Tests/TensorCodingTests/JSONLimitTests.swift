import TensorCoding
import TestSupport
import Testing

@Suite struct JSONLimitTests {
  static func limits(_ change: (inout CodingLimits) -> Void) -> CodingLimits {
    var limits = CodingLimits()
    change(&limits)
    return limits
  }

  @Test func `refuses deep nesting at the first byte too many`() throws {
    let limits = Self.limits { $0.maximumDepth = 3 }
    #expect(throws: Never.self) { try parse("[[[1]]]", limits: limits) }
    #expect(throws: Never.self) { try parse("[{\"a\":{}},[[]]]", limits: limits) }
    let error = refusal { () throws(CodingError) in try parse("[[[[1]]]]", limits: limits) }
    #expect(error?.code == .tooDeep && error?.offset == 3)
    let mixed = refusal { () throws(CodingError) in try parse("[{\"a\":[{}]}]", limits: limits) }
    #expect(mixed?.code == .tooDeep && mixed?.pointer?.description == "/0/a/0")
  }

  @Test(arguments: ["[", "{\"a\":", "[0,[", "[[],", "[{\"\":"])
  func `refuses a bomb of brackets quickly`(unit: String) throws {
    let limits = Self.limits { $0.maximumDocumentBytes = 1 << 30 }
    let bomb = [UInt8](String(repeating: unit, count: (16 << 20) / unit.utf8.count).utf8)
    var error: CodingError?
    let time = processorTime {
      error = refusal { () throws(CodingError) in try parse(bomb, limits: limits) }
    }
    #expect(error?.code == .tooDeep)
    #expect(time < .seconds(1))
  }

  @Test func `reads containers as deep as the largest limit`() throws {
    let limits = Self.limits { $0.maximumDepth = 1_000_000 }
    let deepest = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
    #expect(throws: Never.self) { try parse(deepest, limits: limits) }
    #expect(
      refusal { () throws(CodingError) in try parse("[\(deepest)]", limits: limits) }?.code
        == .tooDeep)
    let numbers = String(repeating: "[", count: 512) + "1" + String(repeating: "]", count: 512)
    guard case .numbers(let packed) = try parse(numbers, limits: limits) else { throw Failure() }
    #expect(packed.shape.count == 512 && packed.count == 1)
  }

  @Test func `refuses too many bytes, values and elements`() {
    let bytes = Self.limits { $0.maximumDocumentBytes = 4 }
    #expect(refusal { () throws(CodingError) in try parse("[10]", limits: bytes) } == nil)
    #expect(
      refusal { () throws(CodingError) in try parse("[100]", limits: bytes) }?.code
        == .documentTooLarge)
    let values = Self.limits { $0.maximumValues = 3 }
    #expect(refusal { () throws(CodingError) in try parse("[\"a\",1]", limits: values) } == nil)
    #expect(
      refusal { () throws(CodingError) in try parse("{\"a\":1,\"b\":2}", limits: values) }?.code
        == .tooManyValues)
    #expect(
      refusal { () throws(CodingError) in try parse("[1,2,3,null]", limits: values) }?.code
        == .tooManyValues)
    #expect(
      refusal { () throws(CodingError) in try parse("[[1],[2],[3],[]]", limits: values) }?.code
        == .tooManyValues)
    let elements = Self.limits { $0.maximumElements = 3 }
    #expect(
      refusal { () throws(CodingError) in try parse("[[1],[2],[3]]", limits: elements) } == nil)
    let error = refusal { () throws(CodingError) in
      try parse("{\"a\":[1,2],\"b\":[3,4]}", limits: elements)
    }
    #expect(error?.code == .tooManyElements && error?.pointer?.description == "/b/1")
    #expect(error?.fault == .tooLarge)
  }

  @Test func `packs rows without spending values on them`() throws {
    let limits = Self.limits { $0.maximumValues = 5 }
    let rows = Array(repeating: "[1,2]", count: 5000).joined(separator: ",")
    guard case .object(let object) = try parse("{\"rows\":[\(rows)]}", limits: limits),
      case .numbers(let numbers)? = object["rows"]
    else { throw Failure() }
    #expect(numbers.shape == [5000, 2])
  }

  @Test func `takes time that grows with the size only`() throws {
    // A million keys; keys that share a long beginning; keys that defeat weak hash functions.
    let limits = Self.limits { $0.maximumValues = 4_000_000 }
    let many = "{" + (0..<500_000).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
    let prefix = String(repeating: "p", count: 2000)
    let long = "{" + (0..<2000).map { "\"\(prefix)\($0)\":0" }.joined(separator: ",") + "}"
    let ragged =
      "[" + (0..<100_000).map { $0 % 2 == 0 ? "[1]" : "[1,2]" }.joined(separator: ",") + "]"
    let escapes = "\"" + String(repeating: "\\\\", count: 1_000_000) + "\""
    let digits = "[0." + String(repeating: "1", count: 1_000_000) + "]"
    for text in [many, long, ragged, escapes, digits] {
      let bytes = Array(text.utf8)
      var error: CodingError?
      let time = processorTime {
        error = refusal { () throws(CodingError) in try parse(bytes, limits: limits) }
      }
      #expect(error == nil)
      #expect(time < .seconds(20), "a quadratic walk would take minutes")
    }
  }
}
