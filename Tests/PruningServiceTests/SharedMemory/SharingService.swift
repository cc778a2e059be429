import Foundation
import Glibc
import TestSupport

@testable import PruningService

/// A service that shares memory, at a socket of its own.
final class SharingService: Sendable {
  static let prefix = "/vflowopt-test-"
  let loopback: LoopbackService
  private let path: String

  init(_ configure: (inout ServiceConfiguration) -> Void = { _ in }) throws {
    let name = "vflowopt-\(UUID().uuidString.prefix(8)).sock"
    let path = FileManager.default.temporaryDirectory.appending(path: name).path()
    self.path = path
    loopback = try LoopbackService {
      $0.unixSocket = path
      $0.sharedMemoryMemfd = "on"
      $0.sharedMemoryPrefix = Self.prefix
      $0.sharedMemoryOwner = Int(geteuid())
      configure(&$0)
    }
  }

  func connect() throws -> SharingClient {
    SharingClient(connection: try loopback.connect(path: path), service: self)
  }

  /// A client on the same machine that nothing is known of.
  func connectByTCP() throws -> SharingClient {
    SharingClient(connection: try loopback.connect(), service: self)
  }

  /// A client on the same machine at another of its addresses.
  func connectByTCP(from origin: UInt32) throws -> SharingClient {
    SharingClient(
      connection: try ServiceConnection(port: loopback.port, origin: origin), service: self)
  }

  /// What the service says that regions hold.
  func held() throws -> (regions: Double?, bytes: Double?) {
    (
      try loopback.metric("vflowopt_shared_memory_regions"),
      try loopback.metric("vflowopt_shared_memory_bytes")
    )
  }

  /// A name under the prefix that no other test has.
  static func objectName() -> String { "\(prefix)\(UUID().uuidString)" }
}

/// One client connection with the requests of shared memory.
struct SharingClient {
  static let json = [("Content-Type", "application/json")]
  let connection: ServiceConnection
  /// Kept as long as there are clients.
  let service: SharingService

  /// Registers a region.
  func put(_ name: String, _ body: String, passing descriptors: [Int32] = []) throws
    -> ServiceAnswer
  {
    let head =
      "PUT /v1/shared-memory/\(name) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n"
    try connection.send(Array((head + body).utf8), passing: descriptors)
    return try connection.readAnswer()
  }

  /// Registers the whole of a memfd.
  @discardableResult
  func register(_ name: String, _ memory: SharedMemoryFile) throws -> ServiceAnswer {
    guard let object = memory.name else {
      return try put(
        name, #"{"memfd":0,"byte_size":\#(memory.count)}"#, passing: [memory.descriptor])
    }
    return try put(name, #"{"key":"\#(object)","byte_size":\#(memory.count)}"#)
  }

  func get(_ name: String = "") throws -> ServiceAnswer {
    try connection.exchange("GET", "/v1/shared-memory" + (name.isEmpty ? "" : "/\(name)"))
  }

  func delete(_ name: String) throws -> ServiceAnswer {
    try connection.exchange("DELETE", "/v1/shared-memory/\(name)")
  }

  func prune(_ body: String) throws -> ServiceAnswer {
    try connection.exchange("POST", "/v1/prune", fields: Self.json, body: Array(body.utf8))
  }
}

/// An image of 36 tokens whose tensors can be sent in every way.
struct SharedImage {
  static let tokenCount = 36
  static let width = 24
  let attention: [UInt8]
  let tokens: [UInt8]

  /// Where the tensors lie in a region, and where there is room behind them.
  static let tokensAt = 8192
  static let outputAt = 16384
  static let count = 32768

  init(seed: UInt64 = 7) {
    var generator = SeededGenerator(seed: seed)
    func bytes(_ count: Int, _ scale: Float) -> [UInt8] {
      (0..<count).flatMap { _ -> [UInt8] in
        let value = Float.random(in: 0..<1, using: &generator) * scale
        return withUnsafeBytes16(Float16(value).bitPattern)
      }
    }
    attention = bytes(Self.tokenCount * Self.tokenCount, 1)
    tokens = bytes(Self.tokenCount * Self.width, 8)
  }

  static let settings = """
    "timing":false,"strategy":{"global_threshold":1.02,"recycling_cell_size":2.5,\
    "stages":[{"layer":0,"retain_ratio":0.4}]}
    """
  static let attentionShape = "[1,\(tokenCount),\(tokenCount)]"
  static let tokensShape = "[1,\(tokenCount),\(width)]"

  /// Puts both tensors where ``request(output:)`` says that they are.
  func write(to memory: SharedMemoryFile, at offset: Int = 0) {
    memory.write(attention, at: offset)
    memory.write(tokens, at: offset + Self.tokensAt)
  }

  /// A part of a region as requests name it.
  static func place(_ region: String, _ offset: Int, _ count: Int) -> String {
    #"{"region":"\#(region)","offset":\#(offset),"byte_size":\#(count)}"#
  }

  /// The request by reference.
  static func request(_ region: String = "image", output: String? = nil) -> String {
    let places = [
      place(region, 0, tokenCount * tokenCount * 2),
      place(region, tokensAt, tokenCount * width * 2),
    ]
    return """
      {\(settings),\
      "attention":{"dtype":"F16","shape":\(attentionShape),"shared_memory":\(places[0])},\
      "tokens":{"dtype":"F16","shape":\(tokensShape),"shared_memory":\(places[1])}\
      \(output.map { ",\"output_shared_memory\":\($0)" } ?? "")}
      """
  }

  /// The same request with its tensors in base64.
  var base64: String {
    """
    {\(Self.settings),\
    "attention":{"dtype":"F16","shape":\(Self.attentionShape),\
    "base64":"\(Data(attention).base64EncodedString())"},\
    "tokens":{"dtype":"F16","shape":\(Self.tokensShape),\
    "base64":"\(Data(tokens).base64EncodedString())"}}
    """
  }

  /// The same request as a safetensors file.
  var safetensors: [UInt8] {
    let request = "{\(Self.settings)}".replacing("\"", with: "\\\"")
    let middle = attention.count
    let end = middle + tokens.count
    return ServiceRequests.safetensors(
      header: """
        {"__metadata__":{"request":"\(request)"},\
        "attention":{"dtype":"F16","shape":\(Self.attentionShape),"data_offsets":[0,\(middle)]},\
        "tokens":{"dtype":"F16","shape":\(Self.tokensShape),"data_offsets":[\(middle),\(end)]}}
        """, data: attention + tokens)
  }
}

private func withUnsafeBytes16(_ value: UInt16) -> [UInt8] {
  [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
}

extension ServiceAnswer {
  /// The document of an answer.
  func object() throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] ?? [:]
  }

  /// The first item of an answer.
  func item() throws -> [String: Any] {
    (try object()["items"] as? [[String: Any]])?.first ?? [:]
  }

  /// Where the first fault sits.
  func pointer() throws -> String? {
    (try object()["errors"] as? [[String: Any]])?.first?["pointer"] as? String
  }
}
