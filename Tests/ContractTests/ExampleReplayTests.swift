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
    let body = method == "POST" ? Array(try ContractFiles.text(request(name)).utf8) : nil
    let fields = [("Content-Type", "application/json"), ("X-Request-Id", "example-\(name)")]
    let answer = try ServiceConnection(port: port).exchange(
      method, path, fields: fields, body: body)
    let document = try JSONSerialization.jsonObject(with: Data(answer.body)) as? NSObject
    #expect(answer.status == example["status"] as? Int, "\(name)")
    #expect(document == (try ContractFiles.json("Examples/responses/\(name).json")), "\(name)")
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
