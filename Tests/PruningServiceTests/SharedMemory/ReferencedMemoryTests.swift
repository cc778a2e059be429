import Foundation
import TestSupport
import Testing

@testable import PruningService

@Suite(.timeLimit(.minutes(15))) struct ReferencedMemoryTests {
  private let image = SharedImage()

  private func memory(named name: String? = nil) -> SharedMemoryFile {
    let memory =
      name.map { SharedMemoryFile(name: $0, count: SharedImage.count) }
      ?? SharedMemoryFile(count: SharedImage.count)
    image.write(to: memory)
    return memory
  }

  private func output(_ offset: Int = SharedImage.outputAt, _ count: Int = 4096) -> String {
    SharedImage.place("image", offset, count)
  }

  @Test(arguments: [nil, SharingService.objectName()])
  func `answers as to the same tensors in JSON and safetensors, byte for byte`(
    _ name: String?
  ) throws {
    let service = try SharingService()
    let client = try service.connect()
    let memory = memory(named: name)
    try client.register("image", memory)
    let shared = try client.prune(SharedImage.request())
    #expect(shared.status == 200, "\(shared.text)")
    // Numbers, since the tokens did not come as base64.
    let base64 = try client.prune(image.base64)
    let answer = try client.prune(SharedImage.request(output: output()))
    #expect(answer.status == 200, "\(answer.text)")
    let item = try answer.item()
    for key in ["digest", "retained_indices", "importance", "merges", "stages", "positions"] {
      let values = [item, try shared.item(), try base64.item()].map { $0[key] as? NSObject }
      #expect(values[0] != nil && values[0] == values[1] && values[1] == values[2], "\(key)")
    }
    let tokens = try #require(try base64.item()["tokens"] as? [String: Any])
    let expected = try #require(
      (tokens["base64"] as? String).flatMap { Data(base64Encoded: $0) })
    let place = try #require(
      (item["tokens"] as? [String: Any])?["shared_memory"] as? [String: Any])
    #expect(place["region"] as? String == "image")
    #expect(place["offset"] as? Int == SharedImage.outputAt)
    #expect(place["byte_size"] as? Int == expected.count)
    let end = SharedImage.outputAt + expected.count
    #expect(memory.read(SharedImage.outputAt..<end) == [UInt8](expected))
    // Nothing is written behind it.
    #expect(memory.read(end..<SharedImage.count).allSatisfy { $0 == 0 })
    // A safetensors file leads to the very same bytes.
    let file = try client.connection.exchange(
      "POST", "/v1/prune", fields: [("Content-Type", "application/vnd.safetensors")],
      body: image.safetensors)
    #expect(file.status == 200)
    #expect(Data(file.body).range(of: expected) != nil)
  }

  @Test func `an answer in safetensors says where the tokens are, too`() throws {
    let client = try SharingService().connect()
    try client.register("image", memory())
    let answer = try client.connection.exchange(
      "POST", "/v1/prune",
      fields: SharingClient.json + [("Accept", "application/vnd.safetensors")],
      body: Array(SharedImage.request(output: output()).utf8))
    #expect(answer.status == 200)
    #expect(answer.text.contains(#"\"shared_memory\":{\"region\":\"image\",\"offset\":16384"#))
    #expect(!answer.text.contains("items.0.tokens"))
  }

  @Test func `items share a region for their tokens`() throws {
    let client = try SharingService().connect()
    let memory = memory()
    try client.register("image", memory)
    let tensor = #"{"dtype":"F32","shape":[4],"data":[1,3,2,4]}"#
    let item = """
      {"importance":\(tensor),"tokens":{"dtype":"F32","shape":[4,5],\
      "shared_memory":\(SharedImage.place("image", 0, 80))}}
      """
    let body = """
      {"strategy":{"recycling":"none","stages":[{"layer":0,"retain_ratio":0.5}]},\
      "items":[\(item),\(item)],"output_shared_memory":\(output())}
      """
    let answer = try client.prune(body)
    #expect(answer.status == 200, "\(answer.text)")
    let items = try #require(try answer.object()["items"] as? [[String: Any]])
    let offsets = items.map {
      (($0["tokens"] as? [String: Any])?["shared_memory"] as? [String: Any])?["offset"] as? Int
    }
    #expect(offsets == [SharedImage.outputAt, SharedImage.outputAt + 64])
    let rows = memory.read(20..<40) + memory.read(60..<80)
    #expect(memory.read(SharedImage.outputAt..<SharedImage.outputAt + 40) == rows)
    #expect(memory.read(SharedImage.outputAt + 64..<SharedImage.outputAt + 104) == rows)
  }

  @Test(arguments: ["importance", "received_attention"])
  func `short tensors may lie there, too`(_ name: String) throws {
    let client = try SharingService().connect()
    let memory = SharedMemoryFile(count: 4096)
    memory.write(
      ServiceRequests.importance.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
      }, at: 64)
    try client.register("image", memory)
    let answer = try client.prune(
      """
      {\(ServiceRequests.settings),"\(name)":{"dtype":"F32","shape":[1,16],\
      "shared_memory":\(SharedImage.place("image", 64, 64))}}
      """)
    #expect(answer.status == 200, "\(answer.text)")
    #expect(try answer.item()["count"] as? Int == 8)
  }

  @Test func `discrepancies and importance read from there`() throws {
    let client = try SharingService().connect()
    try client.register("image", memory())
    let place = SharedImage.place("image", 0, 64)
    let tensor = #"{"dtype":"F16","shape":[4,8],"shared_memory":\#(place)}"#
    let discrepancy = try client.connection.exchange(
      "POST", "/v1/discrepancy", fields: SharingClient.json,
      body: Array(#"{"full":\#(tensor),"pruned":\#(tensor)}"#.utf8))
    #expect(try discrepancy.object()["mean"] as? Double == 1)
    let importance = try client.connection.exchange(
      "POST", "/v1/importance", fields: SharingClient.json,
      body: Array(SharedImage.request().utf8))
    #expect(importance.status == 200, "\(importance.text)")
  }

  // MARK: References that lead nowhere

  /// A request whose one tensor has these members beside its place.
  private func request(
    _ place: String, dtype: String = "F32", shape: String = "[1,16]", more: String = ""
  ) -> String {
    """
    {\(ServiceRequests.settings),"importance":{"dtype":"\(dtype)","shape":\(shape),\
    "shared_memory":\(place)\(more)}}
    """
  }

  @Test func `a reference must lead to just the bytes that the tensor needs`() throws {
    let client = try SharingService().connect()
    try client.register("image", memory())
    let at = "/importance"
    let cases: [(request: String, status: Int, pointer: String)] = [
      (request(SharedImage.place("other", 0, 64)), 404, at + "/shared_memory/region"),
      (request(SharedImage.place("image", 0, 63)), 422, at + "/shared_memory/byte_size"),
      (request(SharedImage.place("image", 0, 65)), 422, at + "/shared_memory/byte_size"),
      (request(SharedImage.place("image", 32_768, 64)), 422, at + "/shared_memory/byte_size"),
      (request(SharedImage.place("image", 32_705, 64)), 422, at + "/shared_memory/byte_size"),
      (request(SharedImage.place("image", Int.max, 64)), 422, at + "/shared_memory/byte_size"),
      (request(SharedImage.place("image", -64, 64)), 422, at + "/shared_memory/offset"),
      (request(SharedImage.place("image", 2, 64)), 422, at + "/shared_memory/offset"),
      (request(#"{"region":"image"}"#), 422, at + "/shared_memory/byte_size"),
      (request("null"), 422, at + "/shared_memory"),
      (request(SharedImage.place("image", 0, 64), more: #","data":[1]"#), 422, at + "/data"),
      (
        request(SharedImage.place("image", 0, 64), shape: "[4611686018427387904,16]"), 422,
        at + "/shape"
      ),
      (
        request(SharedImage.place("image", 0, Int.max), shape: "[1,2305843009213693951]"), 422,
        at + "/shape"
      ),
    ]
    for (request, status, pointer) in cases {
      let answer = try client.prune(request)
      #expect(answer.status == status, "\(request) \(answer.text)")
      #expect(try answer.pointer() == pointer, "\(request) \(answer.text)")
    }
  }

  @Test func `outside JSON, and where memory is not shared, references are unknown fields`() throws
  {
    let service = try LoopbackService()
    defer { withExtendedLifetime(service) {} }
    let request = request(SharedImage.place("image", 0, 64))
    let answer = try service.connect().exchange(
      "POST", "/v1/prune", fields: SharingClient.json, body: Array(request.utf8))
    #expect(answer.status == 422)
    let output = try service.connect().exchange(
      "POST", "/v1/prune", fields: SharingClient.json,
      body: Array(SharedImage.request(output: output()).utf8))
    #expect(output.status == 422)
    let client = try SharingService().connect()
    try client.register("image", memory())
    let settings = "{\(ServiceRequests.settings),\"output_shared_memory\":\(self.output())}"
    let header = """
      {"__metadata__":{"request":"\(settings.replacing("\"", with: "\\\""))"},\
      "importance":{"dtype":"F32","shape":[1,16],"data_offsets":[0,64]}}
      """
    let file = try client.connection.exchange(
      "POST", "/v1/prune", fields: [("Content-Type", "application/vnd.safetensors")],
      body: ServiceRequests.safetensors(header: header, data: [UInt8](repeating: 0, count: 64)))
    #expect(file.status == 422)
    #expect(try file.pointer() == "/output_shared_memory")
  }

  @Test func `a request cannot read more than a body may have by naming bytes again`() throws {
    let client = try SharingService {
      $0.maximumBodyBytes = 8192
      $0.maximumJSONBodyBytes = 8192
      $0.maximumChunkedBodyBytes = 8192
    }.connect()
    try client.register("image", memory())
    let tensor = #"{"dtype":"F32","shape":[4],"data":[1,3,2,4]}"#
    let item = """
      {"importance":\(tensor),"tokens":{"dtype":"F32","shape":[4,250],\
      "shared_memory":\(SharedImage.place("image", 0, 4000))}}
      """
    func body(_ count: Int) -> String {
      """
      {"return":["indices"],"strategy":{"recycling":"none",\
      "stages":[{"layer":0,"retain_ratio":0.5}]},\
      "items":[\(Array(repeating: item, count: count).joined(separator: ","))]}
      """
    }
    #expect(try client.prune(body(2)).status == 200)
    let answer = try client.prune(body(3))
    #expect(answer.status == 413)
    #expect(try answer.object()["limit_bytes"] as? Int == 8192)
  }

  // MARK: Outputs

  @Test func `tokens that do not fit are refused before anything is written`() throws {
    let client = try SharingService().connect()
    let memory = memory()
    try client.register("image", memory)
    let before = memory.read(0..<SharedImage.count)
    let answer = try client.prune(SharedImage.request(output: output(SharedImage.outputAt, 64)))
    #expect(answer.status == 422)
    #expect(try answer.pointer() == "/output_shared_memory/byte_size")
    #expect(answer.text.contains("must be at least"))
    #expect(memory.read(0..<SharedImage.count) == before)
  }

  @Test func `an output must be writable, aligned and the client's`() throws {
    let client = try SharingService().connect()
    try client.register("image", memory())
    let sealed = SharedMemoryFile(
      count: SharedImage.count, seals: SharedMemoryFile.sealSize | SharedMemoryFile.sealWrite)
    #expect(try client.register("sealed", sealed).text.contains(#""writable":false"#))
    let cases: [(place: String, status: Int, pointer: String)] = [
      (SharedImage.place("sealed", 0, 4096), 422, "/region"),
      (SharedImage.place("other", 0, 4096), 404, "/region"),
      (output(SharedImage.outputAt + 8), 422, "/offset"),
      (output(SharedImage.outputAt, SharedImage.count), 422, "/byte_size"),
      (output(0, Int.max), 422, "/byte_size"), ("[]", 422, ""), ("{}", 422, "/region"),
    ]
    for (place, status, pointer) in cases {
      let answer = try client.prune(SharedImage.request(output: place))
      #expect(answer.status == status, "\(place) \(answer.text)")
      #expect(try answer.pointer() == "/output_shared_memory" + pointer, "\(place) \(answer.text)")
    }
  }

  @Test func `an output must not overlap what is read, under any name`() throws {
    let client = try SharingService().connect()
    let memory = memory()
    try client.register("image", memory)
    // The same memory again, from the tokens on.
    let second = try client.put(
      "again", #"{"memfd":0,"offset":\#(SharedImage.tokensAt),"byte_size":4096}"#,
      passing: [memory.descriptor])
    #expect(second.status == 201)
    let before = memory.read(0..<SharedImage.count)
    for place in [
      output(0), output(SharedImage.tokensAt + 64), SharedImage.place("again", 0, 4096),
      SharedImage.place("again", 1024, 2048),
    ] {
      let answer = try client.prune(SharedImage.request(output: place))
      #expect(answer.status == 422, "\(place) \(answer.text)")
      #expect(answer.text.contains("overlap"))
    }
    #expect(memory.read(0..<SharedImage.count) == before)
  }

  // MARK: Clients that do their worst

  @Test func `an object that is truncated is told, not tripped over`() throws {
    let service = try SharingService()
    let client = try service.connect()
    let memory = memory(named: SharingService.objectName())
    try client.register("image", memory)
    #expect(try client.prune(SharedImage.request(output: output())).status == 200)
    memory.unmap()
    for size in [SharedImage.tokensAt, 100, 0] {
      memory.truncate(to: size)
      let answer = try client.prune(SharedImage.request())
      #expect(answer.status == 422, "\(answer.text)")
      #expect(answer.text.contains("shorter"))
      let written = try client.prune(
        #"{\#(ServiceRequests.settings),"importance":{"dtype":"F32","shape":[1,4],"data":[1,2,3,4]},"#
          + #""output_shared_memory":\#(output())}"#)
      #expect(written.status == 422, "\(written.text)")
    }
  }

  @Test func `a memfd whose client unmaps, closes and tries to shrink it stays usable`() throws {
    let service = try SharingService()
    let client = try service.connect()
    var memory: SharedMemoryFile? = memory()
    if let memory { try client.register("image", memory) }
    let before = try client.prune(SharedImage.request()).body
    memory?.unmap()
    #expect(memory?.truncate(to: 0) == false)
    memory = nil
    #expect(try client.prune(SharedImage.request()).body == before)
  }

  @Test(arguments: [true, false])
  func `a region that is removed or replaced during requests is there until their end`(
    _ isMemfd: Bool
  ) throws {
    let service = try SharingService()
    let memory = memory(named: isMemfd ? nil : SharingService.objectName())
    let owner = try service.connect()
    try owner.register("image", memory)
    let thread = try TestThread {
      for round in 0..<200 {
        if round % 2 == 0 { _ = try? owner.delete("image") }
        _ = try? owner.register("image", memory)
      }
    }
    let client = try service.connect()
    var statuses: Set<Int> = []
    for _ in 0..<200 {
      statuses.insert(try client.prune(SharedImage.request(output: output())).status)
    }
    thread.join()
    #expect(statuses.isSubset(of: [200, 404]))
    #expect(try owner.prune(SharedImage.request()).status == 200)
    let held = try service.held()
    #expect(held == (1, Double(SharedImage.count)))
  }

  /// Writers that change every byte while it is read; the answers are whatever they are.
  @Test(arguments: [true, false])
  func `racing writers spoil nothing but their own answers`(_ isMemfd: Bool) throws {
    let service = try SharingService()
    let memory = memory(named: isMemfd ? nil : SharingService.objectName())
    let client = try service.connect()
    try client.register("image", memory)
    let stop = StopFlag()
    let seed = UInt64(isMemfd ? 11 : 12)
    let threads = try (0..<2).map { number in
      try TestThread {
        var generator = SeededGenerator(seed: seed + UInt64(number))
        while !stop.isSet {
          let offset = Int.random(in: 0..<SharedImage.count - 512, using: &generator)
          // Random bits: NaN, infinities and numbers of any size among them.
          memory.write(
            (0..<512).map { _ in UInt8.random(in: 0...255, using: &generator) }, at: offset)
          if Int.random(in: 0..<4, using: &generator) == 0 {
            image.write(to: memory)
          }
        }
      }
    }
    var statuses: [Int: Int] = [:]
    for round in 0..<200 {
      let place = round % 2 == 0 ? output() : nil
      let request =
        round % 3 == 0 ? shortTensors(round) : SharedImage.request(output: place)
      statuses[try client.prune(request).status, default: 0] += 1
    }
    stop.set()
    for thread in threads { thread.join() }
    #expect(Set(statuses.keys).isSubset(of: [200, 422]), "seed \(seed): \(statuses)")
    image.write(to: memory)
    let after = try client.prune(SharedImage.request())
    #expect(after.status == 200)
    #expect(
      try after.item()["digest"] as? String == client.prune(image.base64).item()["digest"]
        as? String)
  }

  /// A request whose short tensors and pixels lie in the region.
  private func shortTensors(_ round: Int) -> String {
    let offset = round * 64
    let f32 = SharedImage.place("image", offset, 36 * 4)
    let pixels = SharedImage.place("image", 0, 36 * 48)
    return """
      {"strategy":{"entropy_weight":0.5,"recycling_cell_size":2.5,"global_threshold":1.02,\
      "stages":[{"layer":0,"retain_ratio":0.4}]},\
      "received_attention":{"dtype":"F32","shape":[1,36],"shared_memory":\(f32)},\
      "pixels":{"dtype":"U8","shape":[1,24,24,3],"shared_memory":\(pixels)}}
      """
  }
}
