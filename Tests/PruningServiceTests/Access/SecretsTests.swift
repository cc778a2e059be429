import Telemetry
import TestSupport
import Testing

@testable import PruningService

@Suite struct SecretsTests {
  @Test func `no key and no digest shows up in logs, metrics, settings or problems`() throws {
    let ring = try KeyRing()
    let service = try LoopbackService {
      $0.apiKeys = ring.path
      $0.logLevel = "trace"
    }
    var texts: [String] = []
    let secrets = ring.secrets + ["not-a-key-of-ours"]
    for key in secrets {
      for fields in [[("X-Api-Key", key)], [("Authorization", "Bearer \(key)")]] {
        for target in [
          "/v1/prune", "/metrics", "/v1/strategies", "/nothing", "/v1/admin/log-level",
        ] {
          texts.append(try answer(service, target, fields))
        }
      }
      texts.append(
        try answer(service, "/info", [("X-Api-Key", key), ("Authorization", "Bearer x\(key)")]))
      texts.append(try answer(service, "/info", [("Authorization", "Digest \(key)")]))
    }
    let configuration = try ServiceConfiguration(
      flags: [("api_keys", ring.path)], environment: [:])
    texts.append(configuration.printed)
    texts += service.records.all.flatMap { $0.fields.map { "\($0.key)=\($0.value)" } }
    let everything = texts.joined(separator: "\n")
    #expect(everything.contains("key:only-prune"))
    #expect(everything.contains("vflowopt_access_refused_total"))
    for secret in secrets {
      #expect(!everything.contains(secret))
      #expect(!everything.contains(SHA256Digest(of: secret.utf8).hexadecimal))
    }
  }

  /// Everything that an answer consists of.
  private func answer(
    _ service: LoopbackService, _ target: String, _ fields: [(String, String)]
  ) throws -> String {
    let answer = try service.connect().exchange("GET", target, fields: fields)
    return answer.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n") + answer.text
  }

  @Test func `the access log names the client`() throws {
    let ring = try KeyRing()
    let service = try LoopbackService { $0.apiKeys = ring.path }
    for fields in [[("X-Api-Key", ring[.read])], [("X-Api-Key", ring[.prune])], []] {
      _ = try service.connect().exchange("GET", "/info", fields: fields)
    }
    let clients = service.records.all.filter { "\($0.message)" == "request answered" }
      .compactMap { $0.fields.first { $0.key == "client" }?.value }
    #expect(clients == ["key:only-read", "key:only-prune", "address:127.0.0.1"])
  }
}
