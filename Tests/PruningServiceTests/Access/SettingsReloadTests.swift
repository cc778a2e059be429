import Telemetry
import TestSupport
import Testing

@testable import PruningService

@Suite struct SettingsReloadTests {
  private func status(_ service: LoopbackService, _ key: String) throws -> Int {
    try service.connect().exchange("GET", "/info", fields: [("X-Api-Key", key)]).status
  }

  private func metric(_ name: String, _ service: LoopbackService) throws -> Double? {
    let text = try service.connect(toAdmin: true).exchange("GET", "/metrics").text
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
    return line.flatMap { Double($0.dropFirst(name.count + 1)) }
  }

  private func messages(_ service: LoopbackService, _ message: String) -> [LogRecord] {
    service.records.all.filter { "\($0.message)" == message }
  }

  @Test func `keys and log level change while the service runs`() throws {
    let ring = try KeyRing()
    let service = try LoopbackService {
      $0.apiKeys = ring.path
      $0.adminPort = 0
    }
    #expect(try status(service, ring[.read]) == 200)
    let key = APIKey()
    try ring.write(key.entry(name: "new", scopes: [.read]))
    #expect(try status(service, key.text) == 401)
    let file = try ScratchFile("api_keys = \"\(ring.path)\"\nlog_level = \"error\"\nport = 9\n")
    #expect(
      service.service.reload { () throws(ConfigurationError) in
        try file.configuration(flags: [("admin_port", "0")])
      })
    #expect(try status(service, key.text) == 200)
    #expect(try status(service, ring[.read]) == 401)
    #expect(try metric("vflowopt_reload_successful", service) == 1)
    #expect(try metric("vflowopt_reloads_total{result=\"success\"}", service) == 1)
    let level = try service.connect(toAdmin: true).exchange(
      "GET", "/v1/admin/log-level", fields: [("X-Api-Key", key.text)])
    #expect(level.status == 403)
  }

  @Test func `a change that needs a restart is told`() throws {
    let service = try LoopbackService { $0.adminPort = 0 }
    let file = try ScratchFile("queue_capacity = 9\nlog_level = \"debug\"")
    #expect(
      service.service.reload { () throws(ConfigurationError) in
        try file.configuration(
          flags: [
            ("admin_port", "0"), ("port", "0"), ("threads", "2"), ("drain_grace_seconds", "20"),
          ])
      })
    let waiting = messages(service, "settings wait for a restart").first
    #expect(waiting?.fields.first?.value == "queue_capacity")
  }

  @Test(arguments: ["log_level = \"loud\"", "no TOML", "api_keys = \"/no/such/file\""])
  func `a broken reload changes nothing and says so`(text: String) throws {
    let ring = try KeyRing()
    let service = try LoopbackService {
      $0.apiKeys = ring.path
      $0.adminPort = 0
    }
    let file = try ScratchFile("log_level = \"debug\"\n" + text)
    #expect(
      !service.service.reload { () throws(ConfigurationError) in try file.configuration() })
    #expect(try status(service, ring[.read]) == 200)
    #expect(try metric("vflowopt_reload_successful", service) == 0)
    #expect(try metric("vflowopt_reloads_total{result=\"failure\"}", service) == 1)
    #expect(messages(service, "settings were not reloaded").first?.level == .error)
  }

  @Test func `no reload opens a service that was closed`() throws {
    let ring = try KeyRing()
    let service = try LoopbackService { $0.apiKeys = ring.path }
    #expect(service.service.reload { () throws(ConfigurationError) in ServiceConfiguration() })
    #expect(try status(service, "wrong") == 401)
    #expect(try status(service, ring[.read]) == 200)
    let waiting = messages(service, "settings wait for a restart").first
    guard case .string(let keys)? = waiting?.fields.first?.value else {
      Issue.record("no key waits")
      return
    }
    #expect(keys.split(separator: ",").contains("api_keys"))
  }

  @Test func `a keys file that breaks keeps the keys that were good`() throws {
    let ring = try KeyRing()
    let service = try LoopbackService { $0.apiKeys = ring.path }
    let file = try ScratchFile("api_keys = \"\(ring.path)\"")
    try ring.write("[[client]]\nname = \"half\"\n")
    #expect(!service.service.reload { () throws(ConfigurationError) in try file.configuration() })
    #expect(try status(service, ring[.read]) == 200)
  }
}
