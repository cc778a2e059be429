import TestSupport
import Testing

@testable import Tensors

@Suite struct StorageSourceTests {
  private let source = DirtySource()

  @Test func `asks the source for what is large`() {
    let storage = TensorStorage.make(byteCount: TensorStorage.smallestShared, from: source) {
      for offset in 0..<$0.byteCount { $0.storeBytes(of: 7, toByteOffset: offset, as: UInt8.self) }
    }
    #expect(source.taken == [TensorStorage.smallestShared])
    #expect(storage.byteCount == TensorStorage.smallestShared)
  }

  @Test(arguments: [0, 1, TensorStorage.smallestShared - 1])
  func `keeps small storage to itself`(byteCount: Int) {
    let storage = TensorStorage.make(byteCount: byteCount, from: source) { _ in }
    #expect(source.taken.isEmpty)
    #expect(storage.byteCount == byteCount)
  }

  @Test func `does without a source, and with one that has nothing left`() {
    let count = TensorStorage.smallestShared
    #expect(TensorStorage.make(byteCount: count, from: nil) { _ in }.byteCount == count)
    source.isEmpty = true
    #expect(TensorStorage.make(byteCount: count, from: source) { _ in }.byteCount == count)
    #expect(source.taken == [count])
  }

  @Test func `storage tells its source`() {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
    let address = UInt(bitPattern: memory)
    // Freed when the storage is gone, and not read.
    let storage = unsafe TensorStorage(adopting: memory, byteCount: 1, source: source) {
      unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
    }
    #expect(storage.source === source)
    #expect(TensorStorage(byteCount: 1) { _ in }.source == nil)
  }
}
