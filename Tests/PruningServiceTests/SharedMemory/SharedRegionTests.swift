import Glibc
import HTTPEngine
import Tensors
import TestSupport
import Testing

@testable import PruningService

@Suite struct SharedRegionTests {
  private func claim(_ bytes: Int) throws -> RegionClaim {
    try RegionClaim(
      bytes, for: ClientKey(.userID(1)),
      in: RegionLedger(
        limit: RegionLedger.Holding(regions: 1, bytes: 1 << 40), share: ClientShare(percent: 100)))
  }

  private func region(
    _ memory: SharedMemoryFile, offset: Int = 0, count: Int
  ) throws -> SharedRegion {
    try SharedRegion(
      memfd: PassedDescriptor(adopting: dup(memory.descriptor)), offset: offset, byteCount: count,
      claim: claim(count))
  }

  private func object(
    _ memory: SharedMemoryFile, offset: Int = 0, count: Int
  ) throws -> SharedRegion {
    let name = try #require(memory.name)
    return try SharedRegion(
      object: MemoryFile(object: String(name.dropFirst()), ownedBy: geteuid()), offset: offset,
      byteCount: count, claim: claim(count))
  }

  private func bytes(_ region: SharedRegion, _ range: Range<Int>) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: range.count)
    var span = bytes.mutableSpan
    // Any bytes are valid UInt8s.
    var raw = unsafe span.mutableBytes
    return region.copy(range, into: &raw) ? bytes : nil
  }

  @Test(arguments: [0, 1, 4095, 4096, 5000])
  func `maps any part of a memfd`(_ offset: Int) throws {
    let memory = SharedMemoryFile(count: 16_384)
    memory.write(Array(1...8), at: offset)
    let region = try region(memory, offset: offset, count: 8)
    #expect(region.kind == .memfd)
    #expect(region.isWritable)
    #expect(bytes(region, 2..<6) == [3, 4, 5, 6])
    // Holes may be punched into what can be written, so it is not read in the mapping.
    #expect(region.view(4..<8) == nil)
    let written: Void? = region.withMutableBytes(0..<1) { $0.storeBytes(of: 9, as: UInt8.self) }
    #expect(written != nil)
    #expect(memory.read(offset..<offset + 2) == [9, 2])
  }

  @Test(arguments: [0, 1, 4095, 4096, 5000])
  func `reads what nobody can punch holes into where it lies`(_ offset: Int) throws {
    let seals = SharedMemoryFile.sealSize | SharedMemoryFile.sealFutureWrite
    let memory = SharedMemoryFile(count: 16_384, seals: seals)
    // The client's own mapping, older than the seal, goes on.
    memory.write(Array(1...8), at: offset)
    let region = try region(memory, offset: offset, count: 8)
    #expect(!region.isWritable)
    let view = try #require(region.view(4..<8))
    #expect(view.byteCount == 4)
    let first = unsafe view.bytes.unsafeLoadUnaligned(as: UInt8.self)
    #expect(first == 5)
    #expect(bytes(region, 2..<6) == [3, 4, 5, 6])
    #expect(!memory.allocate(0..<4096, .punch))
    #expect(memory.allocated == 16_384)
  }

  @Test func `is not made of holes`() throws {
    let sparse = SharedMemoryFile(count: 8192, isSparse: true)
    sparse.write([1], at: 0)
    #expect(throws: RegionFault.notAllocated) { try region(sparse, count: 4096) }
    sparse.write([1], at: 4096)
    #expect(try region(sparse, count: 4096).isAllThere)
  }

  @Test func `pages beyond the end do not stand for those in front of it`() {
    let memory = SharedMemoryFile(count: 8192, seals: 0, isSparse: true)
    #expect(memory.allocate(8192..<16_384, .add))
    #expect(memory.allocated == 8192)
    #expect(memory.seal(SharedMemoryFile.sealSize | SharedMemoryFile.sealFutureWrite))
    #expect(throws: RegionFault.notAllocated) { try region(memory, count: 8192) }
  }

  @Test func `reading holes that are punched later fills none of them`() throws {
    let memory = SharedMemoryFile(count: 1 << 20)
    let region = try region(memory, count: 1 << 20)
    #expect(memory.allocate(0..<1 << 20, .punch))
    #expect(bytes(region, 0..<1 << 20) == [UInt8](repeating: 0, count: 1 << 20))
    #expect(memory.allocated == 0)
    // What was to be written there is refused.
    #expect(!region.isAllThere)
  }

  @Test func `stays readable when its client has unmapped and closed everything`() throws {
    var memory: SharedMemoryFile? = SharedMemoryFile(count: 4096)
    memory?.write([1, 2, 3])
    let region = try region(#require(memory), count: 4096)
    memory = nil
    #expect(bytes(region, 0..<3) == [1, 2, 3])
  }

  @Test(arguments: [0, 2, 4, 16])
  func `needs the seals that keep its size`(_ seals: Int32) {
    let memory = SharedMemoryFile(count: 4096, seals: seals)
    #expect(throws: RegionFault.notSealed) { try region(memory, count: 4096) }
  }

  @Test func `is read-only where it is sealed against writing`() throws {
    let seals = SharedMemoryFile.sealSize | SharedMemoryFile.sealWrite
    let region = try region(SharedMemoryFile(count: 4096, seals: seals), count: 4096)
    #expect(!region.isWritable)
    #expect(region.view(0..<1) != nil)
    let written: Void? = region.withMutableBytes(0..<1) { _ in }
    #expect(written == nil)
  }

  @Test(arguments: [(0, 4097), (4096, 1), (1, 4096), (Int.max / 2, Int.max / 2)])
  func `cannot be larger than its memory`(_ offset: Int, _ count: Int) throws {
    let memory = SharedMemoryFile(count: 4096)
    // The claim's limit must not be what refuses it.
    let claim = try claim(1)
    #expect(throws: RegionFault.tooShort) {
      try SharedRegion(
        memfd: PassedDescriptor(adopting: dup(memory.descriptor)), offset: offset,
        byteCount: count, claim: claim)
    }
  }

  @Test func `is memory and nothing else`() throws {
    var ends: [Int32] = [-1, -1]
    _ = unsafe pipe(&ends)
    let others = unsafe ends + [open("/dev/zero", O_RDONLY), open("/proc/self/exe", O_RDONLY)]
    for descriptor in others {
      let claim = try claim(1)
      #expect(throws: RegionFault.notMemory) {
        try SharedRegion(
          memfd: PassedDescriptor(adopting: descriptor), offset: 0, byteCount: 1, claim: claim)
      }
    }
  }

  @Test func `closes the descriptor of what is read in a mapping`() throws {
    let seals = SharedMemoryFile.sealSize | SharedMemoryFile.sealFutureWrite
    let memory = SharedMemoryFile(count: 4096, seals: seals)
    let descriptor = dup(memory.descriptor)
    let region = try SharedRegion(
      memfd: PassedDescriptor(adopting: descriptor), offset: 0, byteCount: 4096, claim: claim(4096))
    // Another thread may have been given the number, but not this memory.
    var own = stat()
    var now = stat()
    _ = unsafe fstat(memory.descriptor, &own)
    var isOpen = unsafe fstat(descriptor, &now) == 0
    // It is closed by another thread, soon.
    for _ in 0..<400 where isOpen && now.st_ino == own.st_ino && now.st_dev == own.st_dev {
      usleep(10_000)
      isOpen = unsafe fstat(descriptor, &now) == 0
    }
    #expect(!isOpen || now.st_ino != own.st_ino || now.st_dev != own.st_dev)
    withExtendedLifetime(region) {}
  }

  // MARK: POSIX objects

  @Test func `reads and writes an object by calls`() throws {
    let memory = SharedMemoryFile(name: SharingService.objectName(), count: 4096)
    memory.write([1, 2, 3, 4], at: 100)
    let region = try object(memory, offset: 100, count: 1000)
    #expect(region.kind == .system)
    #expect(region.view(0..<1) == nil)
    #expect(bytes(region, 1..<4) == [2, 3, 4])
    let new: [UInt8] = [7, 8]
    #expect(unsafe region.write(new.span.bytes, at: 3))
    #expect(memory.read(102..<106) == [3, 7, 8, 0])
  }

  @Test func `notices an object that has shrunk, and does not make it longer`() throws {
    let memory = SharedMemoryFile(name: SharingService.objectName(), count: 8192)
    let region = try object(memory, count: 8192)
    memory.unmap()
    memory.truncate(to: 4096)
    #expect(!region.isAllThere)
    #expect(bytes(region, 0..<8192) == nil)
    #expect(bytes(region, 0..<4096) != nil)
    let new: [UInt8] = [7]
    #expect(unsafe !region.write(new.span.bytes, at: 0))
    var status = stat()
    _ = unsafe fstat(memory.descriptor, &status)
    #expect(status.st_size == 4096)
  }

  @Test func `knows one memory under two names`() throws {
    let memory = SharedMemoryFile(count: 4096)
    let first = try region(memory, count: 4096)
    let second = try region(memory, offset: 64, count: 64)
    #expect(first.identity == second.identity)
    #expect(second.absolute(0..<64) == 64..<128)
    #expect(try region(SharedMemoryFile(count: 64), count: 64).identity != first.identity)
  }
}
