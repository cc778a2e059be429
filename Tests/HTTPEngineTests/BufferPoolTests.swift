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
    do { pool.take(capacity: 512 << 20).write { _ in 1000 } }
    #expect(pool.idleBytes == 1000)
    do { pool.take(capacity: 512 << 20).write { _ in 2 << 20 } }
    #expect(pool.idleBytes == 1 << 20)
    #expect(pool.heldBytes == 1 << 20)
  }

  @Test func `remembers what earlier tenants touched`() {
    let pool = BufferPool(maximumIdleBytes: 1 << 20)
    do { pool.take(capacity: 300_000).write { _ in 300_000 } }
    do { pool.take(capacity: 300_000).write { _ in 10 } }
    #expect(pool.idleBytes == 300_000)
  }

  @Test func `keeps no more than its ceiling`() {
    let pool = BufferPool(maximumIdleBytes: 3 << 20)
    do {
      let buffers = (0..<10).map { _ in pool.take(capacity: 1 << 20) }
      for buffer in buffers { buffer.write { _ in 1 << 20 } }
      #expect(pool.heldBytes == 10 << 20)
    }
    #expect(pool.idleBytes == 3 << 20)
    #expect(pool.heldBytes == 3 << 20)
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

  @Test func `gives memory back that has rested too long`() {
    let clock = ManualClock()
    let pool = clock.pool()
    do { pool.take(capacity: 300_000).write { _ in 300_000 } }
    clock.seconds = 9
    do { pool.take(capacity: 600_000).write { _ in 600_000 } }
    clock.seconds = 10
    pool.releaseUnused(at: clock.now)
    #expect(pool.idleBytes == 600_000)
    #expect(pool.needsReleasing)
    clock.seconds = 19
    pool.releaseUnused(at: clock.now)
    #expect(pool.idleBytes == 0)
    #expect(!pool.needsReleasing)
  }

  @Test func `keeps what is used again and again`() {
    let clock = ManualClock()
    let pool = clock.pool()
    for second in stride(from: UInt64(0), to: 60, by: 5) {
      clock.seconds = second
      do { pool.take(capacity: 300_000).write { _ in 300_000 } }
      pool.releaseUnused(at: clock.now)
      #expect(pool.idleBytes == 300_000)
    }
  }

  @Test func `keeps four small blocks of a size`() {
    let clock = ManualClock()
    let pool = clock.pool()
    do {
      let buffers = (0..<10).map { _ in pool.take(capacity: 4096) }
      #expect(buffers.count == 10)
    }
    clock.seconds = 100
    pool.releaseUnused(at: clock.now)
    #expect(pool.idleBytes == 4 * 4096)
    #expect(!pool.needsReleasing)
  }

  @Test func `gives much memory back in pieces`() {
    let clock = ManualClock()
    let pool = clock.pool()
    do {
      let buffers = (0..<10).map { _ in pool.take(capacity: 10 << 20) }
      for buffer in buffers { buffer.write { _ in 10 << 20 } }
    }
    clock.seconds = 100
    var rests: [Int] = []
    while pool.idleBytes > 0, rests.count < 9 {
      pool.releaseUnused(at: clock.now)
      rests.append(pool.idleBytes >> 20)
    }
    // Eight MiB at a time, also of a block that has more.
    #expect(rests == [92, 84, 76, 68, 60, 52, 44, 36, 28])
    #expect(pool.releaseUnused(at: clock.now))
    while pool.releaseUnused(at: clock.now) {}
    #expect(pool.idleBytes == 0)
    #expect(pool.heldBytes == 0)
    #expect(!pool.needsReleasing)
  }

  @Test func `is looked after while a buffer is somebody's`() {
    let clock = ManualClock()
    let pool = clock.pool()
    #expect(!pool.needsReleasing)
    let buffer = pool.take(capacity: 1 << 20)
    pool.releaseUnused(at: clock.now)
    #expect(pool.needsReleasing)
    withExtendedLifetime(buffer) {}
  }

  @Test func `shrinks while its server is idle`() throws {
    let pool = BufferPool(maximumIdleBytes: 64 << 20, maximumIdleTime: .milliseconds(100))
    let server = try TestServer { $0.bufferPool = pool }
    let client = try server.connect()
    let body = [UInt8](repeating: 0x61, count: 1 << 20)
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
    client.send(body)
    #expect(client.readResponse()?.status == 200)
    #expect(eventually { pool.idleBytes == 0 && !pool.needsReleasing })
  }
}
