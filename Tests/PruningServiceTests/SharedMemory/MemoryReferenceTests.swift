import TensorCoding
import Testing

@testable import PruningService

@Suite struct MemoryReferenceTests {
  private func read(_ text: String) throws -> MemoryReference {
    // The bytes of a string's UTF-8 are all initialised.
    let value = unsafe try JSONDocument.parse(text.utf8Span.span.bytes)
    return try MemoryReference(value, at: .root)
  }

  @Test func `reads a region, an offset and a size`() throws {
    let reference = try read(#"{"region":"a","offset":64,"byte_size":32}"#)
    #expect(reference.region == "a")
    #expect(try reference.range(in: 96) == 64..<96)
    #expect(try read(#"{"region":"a","byte_size":1}"#).offset == 0)
  }

  @Test(arguments: [
    ("[]", ""), ("{}", "/region"), (#"{"region":1,"byte_size":1}"#, "/region"),
    (#"{"region":"a"}"#, "/byte_size"), (#"{"region":"a","byte_size":0}"#, "/byte_size"),
    (#"{"region":"a","byte_size":-1}"#, "/byte_size"),
    (#"{"region":"a","byte_size":1.5}"#, "/byte_size"),
    (#"{"region":"a","byte_size":9223372036854775808}"#, "/byte_size"),
    (#"{"region":"a","byte_size":1,"offset":-1}"#, "/offset"),
    (#"{"region":"a","byte_size":1,"key":"/b"}"#, "/key"),
  ])
  func `refuses anything else`(_ text: String, _ pointer: String) {
    let problem = #expect(throws: ServiceProblem.self) { try read(text) }
    #expect(problem?.type == .valueOutOfRange)
    #expect(problem?.pointer == pointer)
  }

  @Test(arguments: [
    (0, 97), (96, 1), (1, 96), (Int.max, 1), (1, Int.max), (Int.max, Int.max),
  ])
  func `stays inside its region`(_ offset: Int, _ count: Int) throws {
    let reference = try read(#"{"region":"a","offset":\#(offset),"byte_size":\#(count)}"#)
    let problem = #expect(throws: ServiceProblem.self) { try reference.range(in: 96) }
    #expect(problem?.pointer == "/byte_size")
  }
}
