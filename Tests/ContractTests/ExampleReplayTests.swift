import Foundation
import Telemetry
import TestSupport
import Testing

@testable import PruningService

@Suite struct ExampleReplayTests {
  @Test func `every example is answered as it is written down`() throws {
    let service = try PruningService(configuration: Self.configuration, sink: SilentSink())
    let address = try #require(try service.start().first)
    defer { service.drain() }
    let port = try #require(address.authority.split(separator: ":").last.flatMap { UInt16($0) })
    let examples = try #require(try ContractFiles.json("Examples/index.json") as? [NSDictionary])
    #expect(examples.count >= 10)
    for example in examples { try replay(example, port: port) }
  }

  private func replay(_ example: NSDictionary, port: UInt16) throws {
    let name = try #require(example["name"] as? String)
    let method = try #require(example["method"] as? String)
    let path = try #require(example["path"] as? String)
    let hasBody = method == "POST" || method == "PUT"
    let body = hasBody ? Array(try ContractFiles.text(request(name)).utf8) : nil
    let fields = [("Content-Type", "application/json"), ("X-Request-Id", "example-\(name)")]
    let answer = try ServiceConnection(port: port).exchange(
      method, path, fields: fields, body: body)
    #expect(answer.status == example["status"] as? Int, "\(name)")
    guard answer.status != 204 else { return }
    let document = Self.timeless(try JSONSerialization.jsonObject(with: Data(answer.body)))
    #expect(document == (try ContractFiles.json("Examples/responses/\(name).json")), "\(name)")
  }

  /// The same document with one moment in all places: the only thing that no example can know.
  private static func timeless(_ value: Any) -> NSObject? {
    switch value {
    case let object as [String: Any]:
      var copy: [String: Any] = [:]
      for (key, value) in object {
        copy[key] = key.hasSuffix("_at") ? "2026-01-01T00:00:00.000Z" : timeless(value)
      }
      return copy as NSDictionary
    case let list as [Any]: return list.map { timeless($0) ?? NSNull() } as NSArray
    default: return value as? NSObject
    }
  }

  private func request(_ name: String) -> String { "Examples/requests/\(name).json" }

  private static var configuration: ServiceConfiguration {
    var configuration = ServiceConfiguration()
    configuration.port = 0
    configuration.threads = 2
    return configuration
  }
}

/// Takes no records.
private struct SilentSink: LogSink {
  let minimumLevel = LogLevel.error

  func write(_ record: LogRecord) {}
}
