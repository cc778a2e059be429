import Foundation
import TestSupport
import Testing

/// The built service, in a process of its own, so that its memory can be told from the tests'.
struct HostileService: Sendable {
  /// The service of the current test.
  @TaskLocal static var current: HostileService?

  let port: UInt16
  private let directory: URL

  init(_ running: RunningService) {
    port = running.port
    directory = URL(filePath: "/proc/\(running.run.processIdentifier)")
  }

  /// Memory in use, in bytes; nil under a sanitizer, which keeps what is freed.
  func residentBytes() throws -> Int? {
    // Sanitizers reserve terabytes of addresses for their shadow.
    guard try bytes("VmSize:") < 1 << 40 else { return nil }
    return try bytes("VmRSS:")
  }

  private func bytes(_ field: String) throws -> Int {
    let status = try String(contentsOf: directory.appending(path: "status"), encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix(field) }
    let words = line?.split { $0 == " " || $0 == "\t" }
    return 1024 * (try #require(words?.dropFirst().first.flatMap { Int($0) }))
  }

  /// Open sockets, pipes and files: what a client can make the service hold.
  ///
  /// Not its own wake-ups, some of which it makes when they are first needed.
  func descriptors() throws -> Int {
    let folder = directory.appending(path: "fd").path
    let all = try FileManager.default.contentsOfDirectory(atPath: folder)
    let targets = all.map {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")) ?? ""
    }
    // One that was closed meanwhile has no target.
    return targets.count { !$0.isEmpty && !$0.hasPrefix("anon_inode:") }
  }

  /// A request that any healthy service answers, from an address of its own: places are shared out by
  /// address.
  func pruneWell() throws -> [UInt8] {
    let answer = try ServiceConnection(port: port, origin: 2).exchange(
      "POST", "/v1/prune", fields: [("Content-Type", "application/json")],
      body: ServiceRequests.json)
    #expect(answer.status == 200)
    return answer.body
  }
}

/// Runs all rows against one service and looks at it before and after.
struct UnharmedService: SuiteTrait, TestScoping {
  /// Short timeouts, so that slow requests do not take long; little memory for idle buffers.
  private static let settings = [
    "VFLOWOPT_SHARED_MEMORY_OWNER": "\(geteuid())",
    "VFLOWOPT_HEADER_TIMEOUT_SECONDS": "2", "VFLOWOPT_BODY_TIMEOUT_SECONDS": "2",
    "VFLOWOPT_BUFFER_POOL_BYTES": "64MiB", "VFLOWOPT_LOG_LEVEL": "error",
    "VFLOWOPT_SHARED_MEMORY_PREFIX": SharedMemoryRows.prefix, "VFLOWOPT_SHARED_MEMORY_MEMFD": "on",
  ]
  /// How much more memory the service may hold after the table than before.
  static let memoryBound = 256 << 20

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let object = SharedMemoryRows.makeObject()
    defer { withExtendedLifetime(object) {} }
    let running = try RunningService(environment: Self.settings)
    let service = HostileService(running)
    try SharedMemoryRows.register(at: service)
    let answer = try service.pruneWell()
    let (memory, descriptors) = (try service.residentBytes(), try service.descriptors())
    try await HostileService.$current.withValue(service) { try await function() }
    #expect(try service.pruneWell() == answer)
    let live = try ServiceConnection(port: service.port).exchange("GET", "/livez")
    #expect(live.status == 200)
    if let memory, let later = try service.residentBytes() {
      #expect(later - memory < Self.memoryBound)
    }
    try expectDescriptors(descriptors, of: service)
    withExtendedLifetime(running) {}
  }

  /// The last connections close in their own time: within the linger timeout.
  private func expectDescriptors(_ count: Int, of service: HostileService) throws {
    for _ in 0..<400 where try service.descriptors() > count { usleep(25_000) }
    #expect(try service.descriptors() <= count)
  }
}
