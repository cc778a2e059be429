import Foundation
import TestSupport
import Testing

@testable import HTTPEngine

/// What is in use and what rests share one ceiling, and what has rested longest makes room.
@Suite struct BufferPoolCeilingTests {
  private static let mebibyte = 1 << 20
  private let clock = ManualClock()

  /// Lets a buffer of some MiB be used once and rest from that second on.
  private func rest(_ mebibytes: Int, in pool: BufferPool, at second: UInt64) {
    clock.seconds = second
    use(mebibytes, of: pool)
  }

  @discardableResult
  private func use(_ mebibytes: Int, of pool: BufferPool) -> BodyBuffer {
    let buffer = pool.take(capacity: mebibytes * Self.mebibyte)
    buffer.write { _ in mebibytes * Self.mebibyte }
    return buffer
  }

  /// How much of a block of so many MiB has been used before.
  private func used(_ mebibytes: Int, of pool: BufferPool) -> Int {
    pool.take(capacity: mebibytes * Self.mebibyte).usedBytes / Self.mebibyte
  }

  @Test func `what has rested longest makes room for what comes back`() {
    let pool = clock.pool(maximumIdleBytes: 20 * Self.mebibyte)
    rest(8, in: pool, at: 1)
    rest(5, in: pool, at: 2)
    rest(3, in: pool, at: 3)
    rest(12, in: pool, at: 4)
    #expect(pool.idleBytes == 20 * Self.mebibyte)
    #expect([12, 3, 5, 8].map { used($0, of: pool) } == [12, 3, 5, 0])
  }

  @Test func `only as much of the oldest goes as is needed`() {
    let pool = clock.pool(maximumIdleBytes: 20 * Self.mebibyte)
    rest(12, in: pool, at: 1)
    rest(8, in: pool, at: 2)
    rest(5, in: pool, at: 3)
    #expect(pool.idleBytes == 20 * Self.mebibyte)
    #expect([12, 8, 5].map { used($0, of: pool) } == [7, 8, 5])
    // What has lost pages stays the oldest.
    rest(6, in: pool, at: 4)
    rest(1, in: pool, at: 5)
    #expect(pool.heldBytes == 20 * Self.mebibyte)
  }

  @Test func `memory in use leaves less to rest`() {
    let pool = clock.pool(maximumBytes: 20 * Self.mebibyte)
    rest(8, in: pool, at: 1)
    rest(4, in: pool, at: 2)
    let first = use(6, of: pool)
    #expect(pool.heldBytes == 18 * Self.mebibyte)
    let second = use(10, of: pool)
    #expect(pool.heldBytes == 20 * Self.mebibyte)
    #expect(pool.idleBytes == 4 * Self.mebibyte)
    withExtendedLifetime((first, second)) {}
  }

  @Test func `nothing rests beside more than the ceiling, and the rest comes back to it`() {
    let pool = clock.pool(maximumBytes: 20 * Self.mebibyte)
    rest(8, in: pool, at: 1)
    do {
      let buffers = (0..<3).map { _ in use(10, of: pool) }
      #expect(pool.idleBytes == 0)
      #expect(pool.heldBytes == 30 * Self.mebibyte)
      withExtendedLifetime(buffers) {}
    }
    #expect(pool.idleBytes == 20 * Self.mebibyte)
    #expect(pool.heldBytes == 20 * Self.mebibyte)
  }

  @Test func `bytes that arrive one by one push out what rests`() {
    let pool = clock.pool(maximumBytes: 4 * Self.mebibyte)
    rest(3, in: pool, at: 1)
    let body = pool.take(capacity: 2 * Self.mebibyte)
    for count in stride(from: 0, through: 2 * Self.mebibyte, by: 1 << 14) {
      body.write { _ in count }
      #expect(pool.heldBytes <= 4 * Self.mebibyte)
    }
    #expect(pool.idleBytes > Self.mebibyte)
    #expect(pool.idleBytes <= 2 * Self.mebibyte)
    withExtendedLifetime(body) {}
  }

  @Test func `memory that is used again costs no room`() {
    let pool = clock.pool(maximumBytes: 10 * Self.mebibyte)
    rest(5, in: pool, at: 1)
    rest(4, in: pool, at: 2)
    for _ in 0..<5 {
      let again = use(5, of: pool)
      #expect(pool.heldBytes == 9 * Self.mebibyte)
      #expect(pool.idleBytes == 4 * Self.mebibyte)
      withExtendedLifetime(again) {}
    }
  }

  @Test func `small blocks count whole and make room too`() {
    let pool = clock.pool(maximumBytes: 2 * Self.mebibyte)
    do {
      let buffers = (0..<256).map { _ in pool.take(capacity: 4096) }
      #expect(pool.heldBytes == Self.mebibyte)
      withExtendedLifetime(buffers) {}
    }
    #expect(pool.idleBytes == Self.mebibyte)
    clock.seconds = 1
    let large = use(2, of: pool)
    #expect(pool.idleBytes == 0)
    #expect(pool.heldBytes == 2 * Self.mebibyte)
    withExtendedLifetime(large) {}
  }

  @Test func `pages that went to the system come back as zeros`() {
    let pool = clock.pool(maximumIdleBytes: 2 * Self.mebibyte)
    do {
      pool.take(capacity: 4 * Self.mebibyte).write { bytes in
        for offset in stride(from: 0, to: 4 * Self.mebibyte, by: 4096) {
          bytes.storeBytes(of: 7, toByteOffset: offset, as: UInt8.self)
        }
        return 4 * Self.mebibyte
      }
    }
    #expect(pool.idleBytes == 2 * Self.mebibyte)
    let again = pool.take(capacity: 4 * Self.mebibyte)
    #expect(again.usedBytes == 2 * Self.mebibyte)
    again.write { bytes in
      #expect(bytes.unsafeLoad(at: 2 * Self.mebibyte - 4096) == 7)
      #expect(bytes.unsafeLoad(at: 2 * Self.mebibyte) == 0)
      #expect(bytes.unsafeLoad(at: 4 * Self.mebibyte - 4096) == 0)
      return 0
    }
  }

  @Test func `a buffer tells nothing of what lay in its memory before`() {
    let pool = clock.pool()
    use(4, of: pool)
    let next = pool.take(capacity: 4 * Self.mebibyte)
    #expect(next.bytes.byteCount == 0)
    next.write { _ in 3 }
    #expect(next.bytes.byteCount == 3)
  }

  /// Whatever threads do, nothing is counted twice or forgotten.
  @Test func `accounts for everything under many takers`() {
    let pool = BufferPool(maximumBytes: 24 * Self.mebibyte, maximumIdleBytes: 16 * Self.mebibyte)
    DispatchQueue.concurrentPerform(iterations: 4) { taker in
      var random = SeededGenerator(seed: UInt64(taker))
      var kept: [BodyBuffer] = []
      for _ in 0..<400 {
        let size = Int.random(in: 1...3 * Self.mebibyte, using: &random)
        let buffer = pool.take(capacity: size)
        buffer.write { bytes in
          bytes.storeBytes(of: UInt8(taker), toByteOffset: size - 1, as: UInt8.self)
          return size
        }
        kept.append(buffer)
        if kept.count == 4 { kept.remove(at: Int.random(in: 0..<4, using: &random)) }
        for buffer in kept {
          // The last of the content, which is not empty.
          let last = unsafe buffer.bytes.unsafeLoad(
            fromByteOffset: buffer.count - 1, as: UInt8.self)
          #expect(Int(last) == taker)
        }
      }
    }
    #expect(pool.heldBytes == pool.idleBytes)
    #expect(pool.idleBytes <= 16 * Self.mebibyte)
    pool.releaseUnused(at: .max)
    while pool.releaseUnused(at: .max) {}
    #expect(pool.heldBytes < Self.mebibyte)
    #expect(!pool.needsReleasing)
  }

  @Test func `a buffer gives pages back that others have left, but none with content`() {
    let pool = BufferPool()
    use(8, of: pool)
    let buffer = pool.take(capacity: 8 * Self.mebibyte)
    #expect(buffer.usedBytes == 8 * Self.mebibyte)
    buffer.write { bytes in
      bytes.storeBytes(of: 7, toByteOffset: Self.mebibyte, as: UInt8.self)
      return Self.mebibyte + 1
    }
    buffer.discard(beyond: 5)
    // Whole pages, of 64 KiB at most.
    #expect(buffer.usedBytes == Self.mebibyte + (1 << 16))
    #expect(pool.heldBytes == buffer.usedBytes)
    let last = buffer.bytes.unsafeLoadLast()
    #expect(last == 7 && buffer.count == Self.mebibyte + 1)
    buffer.discard(beyond: 8 * Self.mebibyte)
    #expect(buffer.usedBytes == Self.mebibyte + (1 << 16))
  }

  @Test func `address space of which nothing was used does not rest`() {
    let pool = BufferPool()
    _ = pool.take(capacity: 64 * Self.mebibyte)
    #expect(pool.idleBytes == 0 && pool.heldBytes == 0)
    pool.releaseUnused(at: .max)
    #expect(!pool.needsReleasing)
  }
}

extension RawSpan {
  fileprivate func unsafeLoadLast() -> UInt8 {
    // Not empty where it is used.
    unsafe unsafeLoad(fromByteOffset: byteCount - 1, as: UInt8.self)
  }
}

extension MutableRawSpan {
  fileprivate func unsafeLoad(at offset: Int) -> UInt8 {
    // In bounds as the tests are written.
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }
}
