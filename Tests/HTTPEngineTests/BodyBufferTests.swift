import Testing

@testable import HTTPEngine

@Suite struct BodyBufferTests {
  private let pool = BufferPool(maximumIdleBytes: 1 << 20)

  private func append(_ bytes: [UInt8], to buffer: BodyBuffer) {
    // Bytes have no padding.
    unsafe buffer.append(bytes.span.bytes)
  }

  @Test func `collects bytes`() {
    let buffer = pool.take(capacity: 10)
    append([1, 2, 3], to: buffer)
    append([], to: buffer)
    #expect(buffer.array == [1, 2, 3])
    buffer.write { bytes in
      bytes.storeBytes(of: 7, toByteOffset: 0, as: UInt8.self)
      return 1
    }
    #expect(buffer.array == [7])
    append([8, 9], to: buffer)
    #expect(buffer.array == [7, 8, 9])
  }

  @Test func `receives straight into its free memory`() {
    let buffer = pool.take(capacity: 4096)
    append(Array("ab".utf8), to: buffer)
    // One byte of free memory is there: the capacity is 4096.
    unsafe buffer.free[0] = UInt8(ascii: "c")
    buffer.received(1)
    #expect(buffer.text == "abc")
    unsafe #expect(buffer.free.count == 4093)
  }

  @Test func `is empty without memory`() {
    #expect(BodyBuffer.empty.count == 0)
    #expect(BodyBuffer.empty.capacity == 0)
    #expect(BodyBuffer.empty.array.isEmpty)
    BodyBuffer.empty.write { _ in 0 }
    append([], to: .empty)
    BodyBuffer.empty.received(0)
    #expect(BodyBuffer.empty.count == 0)
  }
}
