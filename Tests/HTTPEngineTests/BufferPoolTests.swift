import TestSupport
import Testing

@testable import HTTPEngine

@Suite struct BufferPoolTests {
  @Test func `gives aligned memory with readable slack`() {
    let pool = BufferPool(maximumIdleBytes: 1 << 20)
    for capacity in [1, 63, 4096, 4097, 131_072, 1_000_000] {
      let buffer = pool.take(capacity: capacity)
      #expect(buffer.capacity >= capacity)
      #expect(buffer.count == 0)
      let address = unsafe UInt(bitPattern: buffer.baseAddress)
      #expect(address % 64 == 0)
      // The slack is part of the block.
      unsafe #expect(
        buffer.baseAddress.load(fromByteOffset: buffer.capacity + 63, as: UInt8.self) == 0)
    }
  }

  @Test func `uses a returned buffer again`() {
    let pool = BufferPool(maximumIdleBytes: 1 << 20)
    var address: UInt = 0
    do {
      let buffer = pool.take(capacity: 200_000)
      address = unsafe UInt(bitPattern: buffer.baseAddress)
      buffer.write { _ in 200_000 }
    }
    #expect(pool.idleBytes == 200_000)
    let again = pool.take(capacity: 199_000)
    #expect(unsafe UInt(bitPattern: again.baseAddress) == address)
    #expect(again.count == 0)
    #expect(pool.idleBytes == 0)
  }

  @Test func `counts touched pages, not capacity, against its ceiling`() {
    let pool = BufferPool(maximumIdleBytes: 1 << 20)
    do {
      let large = pool.take(capacity: 512 << 20)
      large.write { _ in 1000 }
    }
    #expect(pool.idleBytes == 1000)
    do {
      let large = pool.take(capacity: 512 << 20)
      large.write { _ in 2 << 20 }
    }
    #expect(pool.idleBytes == 0)
  }

  @Test func `remembers what earlier tenants touched`() {
    let pool = BufferPool(maximumIdleBytes: 1 << 20)
    do { pool.take(capacity: 300_000).write { _ in 300_000 } }
    do { pool.take(capacity: 300_000).write { _ in 10 } }
    #expect(pool.idleBytes == 300_000)
  }

  @Test func `keeps no more than its ceiling`() {
    let pool = BufferPool(maximumIdleBytes: 500_000)
    do {
      let buffers = (0..<10).map { _ in pool.take(capacity: 200_000) }
      for buffer in buffers { buffer.write { _ in 200_000 } }
    }
    #expect(pool.idleBytes == 400_000)
  }

  @Test func `wastes at most a fifth of a block`() throws {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<2000 {
      let bytes = 1 << Int.random(in: 12..<40, using: &random)
      let wanted = bytes + Int.random(in: 0..<bytes, using: &random)
      let size = try #require(SizeClass(holding: wanted).bytes)
      #expect(size >= wanted)
      #expect(Double(size) <= Double(wanted) * 1.25 + 1)
      #expect(SizeClass(holding: size) == SizeClass(holding: wanted))
    }
    #expect(SizeClass(holding: 1).bytes == 4096)
    #expect(SizeClass(holding: 4096).bytes == 4096)
    #expect(SizeClass(holding: 4097).bytes == 5120)
  }

  @Test func `has no buffer for more than can be addressed`() {
    let pool = BufferPool(maximumIdleBytes: 0)
    #expect(pool.takeIfPossible(capacity: Int.max) == nil)
    #expect(pool.takeIfPossible(capacity: 1 << 50) == nil)
    #expect(pool.take(capacity: 0) === BodyBuffer.empty)
  }
}
