import HTTPEngine
import TensorCoding
import Tensors
import TestSupport
import Testing

@testable import PruningService

@Suite struct RecentHeadersTests {
  /// A file with one tensor of `count` bytes and a name.
  private func file(_ name: String, count: Int = 4, filling: UInt8 = 0) throws -> [UInt8] {
    var writer = SafetensorsWriter()
    writer.declare(name, dtype: .uint8, shape: try Shape(checking: [count]))
    let layout = try writer.layout()
    let buffer = HeapAnswerBuffer(capacity: layout.byteCount)
    var problem: (any Error)?
    buffer.write { bytes in
      do { try layout.writeHeader(into: &bytes) } catch { problem = error }
      for place in layout.ranges[0] {
        bytes.storeBytes(of: filling, toByteOffset: place, as: UInt8.self)
      }
      return layout.byteCount
    }
    if let problem { throw problem }
    return buffer.bytes
  }

  private func outline(_ file: [UInt8], _ headers: RecentHeaders) throws -> SafetensorsOutline? {
    let span = file.span
    // Bytes have no padding.
    return try headers.outline(unsafe span.bytes, fileByteCount: file.count)
  }

  @Test func `a header that comes again is not read again`() throws {
    let headers = RecentHeaders(limits: CodingLimits())
    let first = try #require(try outline(file("a"), headers))
    #expect(try outline(file("a", filling: 7), headers) === first)
    #expect(headers.count == 1)
    #expect(first.entries.map(\.name) == ["a"])
  }

  @Test func `another header or another size is another outline`() throws {
    let headers = RecentHeaders(limits: CodingLimits())
    let first = try #require(try outline(file("a"), headers))
    let second = try #require(try outline(file("b"), headers))
    let third = try #require(try outline(file("a", count: 5), headers))
    #expect(second.entries.map(\.name) == ["b"] && third.entries[0].byteRange.count == 5)
    #expect(try outline(file("a"), headers) === first)
    // The same header in front of too few bytes is as wrong as it would be alone.
    #expect(throws: CodingError.self) { try outline(Array(file("a").dropLast()), headers) }
    #expect(headers.count == 3)
  }

  @Test func `only so many headers are kept, and the oldest goes first`() throws {
    let headers = RecentHeaders(limits: CodingLimits())
    let first = try #require(try outline(file("0"), headers))
    for index in 1..<RecentHeaders.capacity { _ = try outline(file("\(index)"), headers) }
    #expect(try outline(file("0"), headers) === first)
    let last = try #require(try outline(file("more"), headers))
    #expect(headers.count == RecentHeaders.capacity)
    #expect(try outline(file("more"), headers) === last)
    #expect(try outline(file("0"), headers) !== first)
  }

  @Test func `a long header is not kept`() throws {
    let headers = RecentHeaders(limits: CodingLimits())
    let name = String(repeating: "x", count: RecentHeaders.longest)
    #expect(try outline(file(name), headers) == nil)
    #expect(headers.count == 0)
  }

  @Test func `a header that is wrong or not there yet is not kept`() throws {
    let headers = RecentHeaders(limits: CodingLimits())
    var wrong = try file("a")
    wrong[8] = UInt8(ascii: "[")
    #expect(throws: CodingError.self) { try self.outline(wrong, headers) }
    let start = [UInt8](wrong.prefix(7))
    let span = start.span
    // Bytes have no padding.
    let outline = try headers.outline(unsafe span.bytes, fileByteCount: 99)
    #expect(outline == nil)
    #expect(headers.count == 0)
  }

  @Test func `requests that differ in their numbers alone have answers of their own`() async throws
  {
    let harness = try RouteHarness()
    let fields: HeaderFields = [
      "Content-Type": "application/vnd.safetensors", "Accept": "application/json",
    ]
    var answers: [String] = []
    for start in [0, 8, 0] {
      let importance = (0..<16).map { Float(($0 + start) % 16) }
      var writer = SafetensorsWriter()
      writer.declare("importance", dtype: .float32, shape: [1, 16])
      writer.addMetadata(
        "request",
        #"{"strategy":{"recycling":"none","stages":[{"layer":0,"retain_ratio":0.5}]},"#
          + #""timing":false}"#)
      let layout = try writer.layout()
      let buffer = HeapAnswerBuffer(capacity: layout.byteCount)
      buffer.write { bytes in
        try? layout.writeHeader(into: &bytes)
        for (index, value) in importance.enumerated() {
          let place = layout.ranges[0].lowerBound + 4 * index
          bytes.storeBytes(of: value, toByteOffset: place, as: Float.self)
        }
        return layout.byteCount
      }
      let answer = await harness.send(.post, "/v1/prune", fields, body: buffer.bytes)
      answers.append(answer.text)
    }
    #expect(answers[0].contains("\"retained_indices\":[8,9,10,11,12,13,14,15]"), "\(answers[0])")
    #expect(answers[1].contains("\"retained_indices\":[0,1,2,3,4,5,6,7]"), "\(answers[1])")
    #expect(answers[2] == answers[0])
  }
}
