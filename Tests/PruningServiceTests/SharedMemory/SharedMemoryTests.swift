import Glibc
import HTTPEngine
import Tensors
import TestSupport
import Testing

@testable import PruningService

@Suite struct SharedMemoryTests {
  private let client = ClientKey(.userID(1))
  private let memory = SharedMemory(
    SharedMemoryRules(
      prefix: nil, takesMemfds: true, owner: 0,
      limit: RegionLedger.Holding(regions: 8, bytes: 1 << 20), share: ClientShare(percent: 100),
      requestBytes: 1 << 20))

  @discardableResult
  private func register(
    _ name: String, for client: ClientKey? = nil, connection: UInt64? = nil, bytes: Int = 4096
  ) throws -> Bool {
    let seals = SharedMemoryFile.sealSize | SharedMemoryFile.sealFutureWrite
    let file = SharedMemoryFile(count: bytes, seals: seals)
    return try memory.register(
      name, for: client ?? self.client, connection: connection, byteCount: bytes
    ) { (claim) throws(RegionFault) in
      try SharedRegion(
        memfd: PassedDescriptor(adopting: dup(file.descriptor)), offset: 0, byteCount: bytes,
        claim: claim)
    }.replaced
  }

  private func connection(_ id: UInt64) -> ConnectionInfo {
    ConnectionInfo(
      id: id, peer: "", listener: "unix", isTLS: false,
      process: PeerProcess(processID: 1, userID: 1, groupID: 1))
  }

  @Test func `shows each client its own regions only`() throws {
    let other = ClientKey(.userID(2))
    try register("b")
    try register("a")
    try register("c", for: other)
    #expect(memory.regions(of: client).map(\.name) == ["a", "b"])
    #expect(memory.region("c", of: client) == nil)
    #expect(!memory.remove("c", of: client))
    #expect(memory.region("c", of: other) != nil)
  }

  @Test func `replaces a region of the same name`() throws {
    #expect(try !register("a"))
    #expect(try register("a", bytes: 8192))
    #expect(memory.region("a", of: client)?.byteCount == 8192)
    #expect(memory.total == RegionLedger.Holding(regions: 1, bytes: 8192))
  }

  @Test func `counts a region that is removed while something uses it`() throws {
    try register("a")
    var view = memory.region("a", of: client)?.view(0..<4096)
    #expect(memory.remove("a", of: client))
    #expect(memory.region("a", of: client) == nil)
    #expect(memory.total.regions == 1)
    #expect(view?.bytes.byteCount == 4096)
    view = nil
    #expect(memory.total.regions == 0)
  }

  @Test func `ends regions with their connection`() throws {
    try register("a", connection: 7)
    try register("b", connection: 8)
    try register("c")
    memory.connectionClosed(connection(7))
    #expect(memory.regions(of: client).map(\.name) == ["b", "c"])
    #expect(memory.total.regions == 2)
  }

  @Test func `a region that was replaced or removed does not end with its old connection`() throws {
    try register("a", connection: 7)
    try register("b", connection: 7)
    try register("a", connection: 8)
    #expect(memory.remove("b", of: client))
    try register("b")
    memory.connectionClosed(connection(7))
    #expect(memory.regions(of: client).map(\.name) == ["a", "b"])
    memory.connectionClosed(connection(8))
    #expect(memory.regions(of: client).map(\.name) == ["b"])
  }

  @Test func `keeps the older region when a new one cannot be made`() throws {
    try register("a")
    #expect(throws: RegionFault.tooLarge(limitBytes: 1 << 20)) {
      try register("a", bytes: 1 << 21)
    }
    #expect(memory.region("a", of: client)?.byteCount == 4096)
    #expect(memory.total.regions == 1)
  }

  @Test func `gives large mappings back, too`() throws {
    let large = SharedMemory(
      SharedMemoryRules(
        prefix: nil, takesMemfds: true, owner: 0,
        limit: RegionLedger.Holding(regions: 64, bytes: 1 << 40), share: ClientShare(percent: 100),
        requestBytes: 1 << 20))
    let file = SharedMemoryFile(count: 64 << 20)
    for _ in 0..<20 {
      _ = try large.register("a", for: client, connection: nil, byteCount: file.count) {
        (claim) throws(RegionFault) in
        try SharedRegion(
          memfd: PassedDescriptor(adopting: dup(file.descriptor)), offset: 0,
          byteCount: file.count, claim: claim)
      }
    }
    #expect(large.remove("a", of: client))
    for _ in 0..<400 where large.total.regions > 0 { usleep(10_000) }
    #expect(large.total == RegionLedger.Holding())
  }
}
