import Testing

@testable import HTTPEngine

@Suite struct BodyBufferFillingTests {
  private struct Refusal: Error {}

  private let pool = BufferPool(maximumIdleBytes: 1 << 20)

  @Test func `fills memory after the content, as much as is lent`() {
    let buffer = pool.take(capacity: 4096)
    for byte in [UInt8(1), 2] {
      buffer.appendFilling(upTo: 3) { span in
        #expect(span.byteCount == 3)
        span.storeBytes(of: byte, toByteOffset: 0, as: UInt8.self)
        return 1
      }
    }
    #expect(buffer.array == [1, 2])
    buffer.appendFilling(upTo: .max) { span in
      #expect(span.byteCount == 4094)
      return 0
    }
    #expect(buffer.count == 2)
  }

  @Test func `keeps the content as it was when filling fails`() {
    let buffer = pool.take(capacity: 4096)
    #expect(throws: Refusal.self) {
      try buffer.appendFilling(upTo: 3) { (_) throws(Refusal) in throw Refusal() }
    }
    #expect(buffer.count == 0)
  }
}
