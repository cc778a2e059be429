import Foundation
import TestSupport
import Testing

@testable import PruningService

@Suite(.timeLimit(.minutes(15))) struct SharedMemoryRoutesTests {
  private let text = #"{"memfd":0,"byte_size":4096}"#

  @Test func `registers, tells, replaces and removes`() throws {
    let service = try SharingService()
    let client = try service.connect()
    let memory = SharedMemoryFile(count: 4096)
    let first = try client.register("a", memory)
    #expect(first.status == 201)
    #expect(first.text == #"{"name":"a","kind":"memfd","byte_size":4096,"writable":true}"#)
    #expect(try client.register("a", memory).status == 200)
    #expect(try client.get("a").text == first.text)
    #expect(try client.get().text == "{\"regions\":[\(first.text)]}")
    #expect(try service.held() == (1, 4096))
    #expect(try client.delete("a").status == 204)
    #expect(try client.delete("a").status == 404)
    #expect(try client.get("a").status == 404)
    #expect(try client.get().text == #"{"regions":[]}"#)
    #expect(try service.held() == (0, 0))
  }

  @Test func `never tells what a region is made of`() throws {
    let service = try SharingService()
    let client = try service.connect()
    let memory = SharedMemoryFile(name: SharingService.objectName(), count: 4096)
    let secret = try #require(memory.name?.dropFirst())
    let answers = [
      try client.register("a", memory), try client.get("a"), try client.get(),
      try client.put("b", #"{"key":"\#(secret)","byte_size":4097}"#),
      try client.put("b", #"{"key":"\#(secret)x","byte_size":1}"#),
    ]
    #expect(answers.map(\.status) == [201, 200, 200, 422, 422])
    for answer in answers { #expect(!answer.text.contains(secret)) }
    #expect(!service.loopback.records.all.contains { "\($0)".contains(secret) })
  }

  @Test func `is not there unless it is set`() throws {
    let service = try LoopbackService()
    defer { withExtendedLifetime(service) {} }
    let connection = try service.connect()
    #expect(try connection.exchange("GET", "/v1/shared-memory").status == 404)
    #expect(try connection.exchange("PUT", "/v1/shared-memory/a").status == 404)
    let index = try connection.exchange("GET", "/")
    #expect(!index.text.contains("shared-memory"))
    let client = try SharingService().connect()
    let other = try client.connection.exchange("GET", "/")
    #expect(other.text.contains("/v1/shared-memory/{name}"))
  }

  @Test(arguments: [
    ("{}", "/byte_size"), (#"{"byte_size":1}"#, ""), (#"{"memfd":1,"byte_size":1}"#, "/memfd"),
    (#"{"memfd":-1,"byte_size":1}"#, "/memfd"), (#"{"memfd":0,"byte_size":0}"#, "/byte_size"),
    (#"{"memfd":0,"byte_size":4097}"#, "/byte_size"),
    (#"{"memfd":0,"byte_size":4096,"offset":1}"#, "/byte_size"),
    (#"{"memfd":0,"byte_size":1,"offset":9223372036854775807}"#, "/offset"),
    (#"{"memfd":0,"byte_size":1,"offset":4611686018427387903}"#, "/byte_size"),
    (#"{"memfd":0,"byte_size":1,"more":1}"#, "/more"),
    (#"{"memfd":0,"key":"/vflowopt-test-a","byte_size":1}"#, ""),
    (#"{"key":"/etc/passwd","byte_size":1}"#, "/key"),
    (#"{"key":"/other","byte_size":1}"#, "/key"),
    (#"{"key":"/vflowopt-test-/../passwd","byte_size":1}"#, "/key"),
    (#"{"key":"/vflowopt-test-absent","byte_size":1}"#, "/key"),
  ])
  func `refuses what is no registration`(_ body: String, _ pointer: String) throws {
    let service = try SharingService()
    let client = try service.connect()
    let memory = SharedMemoryFile(count: 4096)
    let answer = try client.put("a", body, passing: [memory.descriptor])
    #expect(answer.status == 422, "\(answer.text)")
    #expect(try answer.pointer() == pointer)
    #expect(try service.held() == (0, 0))
  }

  @Test(arguments: ["a%2Fb", "%20", "a%00", String(repeating: "a", count: 65), "ä"])
  func `refuses names that are none`(_ name: String) throws {
    let service = try SharingService()
    let memory = SharedMemoryFile(count: 4096)
    let answer = try service.connect().put(name, text, passing: [memory.descriptor])
    #expect([400, 404, 422].contains(answer.status), "\(answer.text)")
    #expect(try service.held().regions == 0)
  }

  @Test func `takes no memory that could shrink, and nothing that is no memory`() throws {
    let client = try SharingService().connect()
    let loose = SharedMemoryFile(count: 4096, seals: 0)
    let answer = try client.register("a", loose)
    #expect(answer.status == 422)
    #expect(answer.text.contains("F_SEAL_SHRINK"))
    let pipe = PassedPipe()
    #expect(try client.put("a", text, passing: [pipe.end]).status == 422)
    #expect(pipe.isClosedEverywhere())
  }

  @Test func `closes descriptors that no registration takes`() throws {
    let service = try SharingService()
    let client = try service.connect()
    let memory = SharedMemoryFile(count: 4096)
    let pipes = (0..<3).map { _ in PassedPipe() }
    // Beside one that is registered, with a body that is none, and with a request that takes none.
    #expect(
      try client.put("a", text, passing: [memory.descriptor, pipes[0].end]).status == 201)
    #expect(try client.put("b", "{", passing: [pipes[1].end]).status == 400)
    try client.connection.send(
      Array("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n".utf8), passing: [pipes[2].end])
    #expect(try client.connection.readAnswer().status == 200)
    for pipe in pipes { #expect(pipe.isClosedEverywhere()) }
  }

  @Test func `a flood of descriptors ends its own connection`() throws {
    let service = try SharingService()
    for _ in 0..<50 {
      let client = try service.connect()
      let pipe = PassedPipe()
      let many = Array(repeating: pipe.end, count: 200)
      #expect(try client.put("a", text, passing: many).status == 400)
      #expect(pipe.isClosedEverywhere())
    }
    #expect(try service.connect().get().status == 200)
  }

  @Test func `memfds end with their connection, objects stay`() throws {
    let service = try SharingService()
    let object = SharedMemoryFile(name: SharingService.objectName(), count: 4096)
    do {
      let client = try service.connect()
      try client.register("memfd", SharedMemoryFile(count: 4096))
      #expect(try client.register("object", object).status == 201)
      // Another connection of the same user sees both.
      #expect(try service.connect().get("memfd").status == 200)
    }
    let client = try service.connect()
    for _ in 0..<400 where try client.get("memfd").status == 200 { usleep(10_000) }
    #expect(try client.get("memfd").status == 404)
    #expect(try client.get("object").status == 200)
  }

  @Test func `other clients do not see a region`() throws {
    let service = try SharingService()
    let client = try service.connect()
    try client.register("a", SharedMemoryFile(count: 4096))
    let stranger = try service.connectByTCP()
    #expect(try stranger.get().text == #"{"regions":[]}"#)
    #expect(try stranger.get("a").status == 404)
    #expect(try stranger.delete("a").status == 404)
    #expect(try client.get("a").status == 200)
  }

  @Test func `an object of another user is as good as absent`() throws {
    // Only root can give a file away.
    guard geteuid() == 0 else { return }
    let service = try SharingService()
    let memory = SharedMemoryFile(name: SharingService.objectName(), count: 4096)
    #expect(memory.give(to: 12_345))
    for client in [try service.connect(), try service.connectByTCP()] {
      let answer = try client.register("a", memory)
      let absent = try client.put("a", #"{"key":"\#(SharingService.objectName())","byte_size":1}"#)
      #expect(answer.status == 422)
      #expect(try answer.object()["detail"] as? String == absent.object()["detail"] as? String)
    }
  }

  @Test func `TCP clients register objects of the user that is set`() throws {
    guard geteuid() == 0 else { return }
    let service = try SharingService { $0.sharedMemoryOwner = 12_345 }
    let memory = SharedMemoryFile(name: SharingService.objectName(), count: 4096)
    let client = try service.connectByTCP()
    #expect(try client.register("a", memory).status == 422)
    #expect(memory.give(to: 12_345))
    #expect(try client.register("a", memory).status == 201)
    // A memfd cannot be passed over TCP.
    #expect(try client.put("b", #"{"memfd":0,"byte_size":1}"#).status == 422)
  }

  @Test func `TCP clients register no objects unless their owner is set`() throws {
    let service = try SharingService { $0.sharedMemoryOwner = nil }
    let memory = SharedMemoryFile(name: SharingService.objectName(), count: 4096)
    let answer = try service.connectByTCP().register("a", memory)
    #expect(answer.status == 422)
    #expect(try answer.pointer() == "/key")
    #expect(answer.text.contains("shared_memory_owner"))
    // Over the socket the kernel says whose it must be.
    #expect(try service.connect().register("a", memory).status == 201)
  }

  @Test func `all loopback addresses are one client`() throws {
    let service = try SharingService()
    let memory = SharedMemoryFile(name: SharingService.objectName(), count: 4096)
    #expect(try service.connectByTCP().register("a", memory).status == 201)
    let other = try service.connectByTCP(from: 7)
    #expect(try other.get("a").status == 200)
    #expect(try other.register("a", memory).status == 200)
    #expect(try service.held().regions == 1)
  }

  @Test func `regions and bytes are limited`() throws {
    let service = try SharingService {
      $0.sharedMemoryRegions = 4
      $0.sharedMemoryBytes = 4 << 20
    }
    let client = try service.connect()
    let large = try client.register("a", SharedMemoryFile(count: 4097 << 10))
    #expect(large.status == 413)
    #expect(try large.object()["limit_bytes"] as? Int == 4 << 20)
    let statuses = try (0..<5).map {
      try client.register("r\($0)", SharedMemoryFile(count: 4096)).status
    }
    // With a share of 75 percent one client may have three of four.
    #expect(statuses == [201, 201, 201, 429, 429])
    let stranger = try service.connectByTCP()
    let object = SharedMemoryFile(name: SharingService.objectName(), count: 4096)
    #expect(try stranger.register("a", object).status == 201)
    #expect(try stranger.register("b", object).status == 503)
    #expect(try client.delete("r0").status == 204)
    #expect(try service.held().regions == 3)
  }

  @Test func `needs the scope to prune where there are keys`() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let keys = directory.appending(path: "keys.toml")
    let user = #"name = "me"\#nuid = \#(geteuid())\#n"#
    try Data("[[client]]\n\(user)scopes = [\"read\"]\n".utf8).write(to: keys)
    let isOwn = unsafe chmod(keys.path(), 0o600) == 0
    #expect(isOwn)
    let service = try SharingService { $0.apiKeys = keys.path() }
    let client = try service.connect()
    let pipe = PassedPipe()
    #expect(try client.get().status == 403)
    #expect(try client.put("a", text, passing: [pipe.end]).status == 403)
    #expect(pipe.isClosedEverywhere())
  }
}
