import CNghttp2
import TestSupport
import Testing

@testable import HTTPEngine

/// Safety: every block is used within the size that was asked for, and not after it was given back.
@Suite struct SessionMemoryTests {
  private let memory = SessionMemory(keepsBlocks: true)

  private func take(_ size: Int) throws -> UnsafeMutableRawPointer {
    let functions = unsafe memory.functions
    return unsafe try #require(functions.malloc(size, functions.mem_user_data))
  }

  private func give(_ block: UnsafeMutableRawPointer?) {
    let functions = unsafe memory.functions
    unsafe functions.free(block, functions.mem_user_data)
  }

  @Test func `hands out again what came back`() throws {
    let first = unsafe try take(100)
    unsafe give(first)
    unsafe #expect(try take(65) == first)
    let second = unsafe try take(128)
    unsafe #expect(second != first)
    unsafe give(first)
    unsafe give(second)
    unsafe give(nil)
  }

  @Test func `keeps none if it is not to`() throws {
    let memory = SessionMemory(keepsBlocks: false)
    let functions = unsafe memory.functions
    for _ in 0..<3 {
      let block = unsafe try #require(functions.calloc(3, 7, functions.mem_user_data))
      for offset in 0..<21 {
        unsafe #expect(block.load(fromByteOffset: offset, as: UInt8.self) == 0)
      }
      unsafe functions.free(block, functions.mem_user_data)
    }
  }

  @Test func `refuses what does not fit into a number`() {
    let functions = unsafe memory.functions
    unsafe #expect(functions.calloc(.max, 2, functions.mem_user_data) == nil)
    unsafe #expect(functions.malloc(.max, functions.mem_user_data) == nil)
  }

  /// Blocks of all sizes, each with its own byte, in random order.
  @Test func `keeps blocks apart`() throws {
    var random = SeededGenerator(seed: 7)
    let functions = unsafe memory.functions
    var blocks: [(start: UnsafeMutableRawPointer, size: Int, byte: UInt8)] = unsafe []
    for step in 0..<2000 {
      let byte = UInt8(truncatingIfNeeded: step)
      let size = Int.random(in: 0...1500, using: &random)
      if unsafe blocks.count < 50 {
        unsafe blocks.append((try take(size), size, byte))
      } else {
        let index = Int.random(in: 0..<50, using: &random)
        var block = unsafe blocks[index]
        for offset in unsafe 0..<block.size {
          unsafe #expect(block.start.load(fromByteOffset: offset, as: UInt8.self) == block.byte)
        }
        unsafe block.start = try #require(
          functions.realloc(block.start, size, functions.mem_user_data))
        for offset in unsafe 0..<min(size, block.size) {
          unsafe #expect(block.start.load(fromByteOffset: offset, as: UInt8.self) == block.byte)
        }
        unsafe blocks[index] = (block.start, size, byte)
      }
      let last = unsafe blocks.lastIndex { unsafe $0.byte == byte && $0.size == size } ?? 0
      unsafe blocks[last].start.initializeMemory(as: UInt8.self, repeating: byte, count: size)
    }
    for index in unsafe blocks.indices { unsafe give(blocks[index].start) }
  }
}
