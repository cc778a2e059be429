import Testing

@testable import PruningService

@Suite struct ServiceConfigurationTests {
  @Test func `every default is a value that its own key accepts`() {
    for key in ConfigurationKey.all {
      var configuration = ServiceConfiguration()
      #expect(key.assign(key.fallback, &configuration), "\(key.name) = \(key.fallback)")
      #expect(key.show(configuration) == key.fallback)
    }
  }

  @Test func `names are unique, and flags and variables derive from them`() {
    let names = ConfigurationKey.all.map(\.name)
    #expect(Set(names).count == names.count)
    let key = ConfigurationKey.all.first { $0.name == "queue_capacity" }
    #expect(key?.flag == "queue-capacity")
    #expect(key?.environmentName == "VFLOWOPT_QUEUE_CAPACITY")
  }

  @Test func `a flag is stronger than the environment, which is stronger than the default`() throws
  {
    let environment = ["VFLOWOPT_PORT": "81", "VFLOWOPT_LOOPS": "2", "HOME": "/"]
    let configuration = try ServiceConfiguration(
      flags: [("port", "0")], environment: environment)
    #expect(configuration.port == 0)
    #expect(configuration.loops == 2)
    #expect(configuration.queueCapacity == 256)
    #expect(configuration.printed.contains("port = 0  # flag\n"))
    #expect(configuration.printed.contains("loops = 2  # environment\n"))
    #expect(configuration.printed.contains("queue_capacity = 256  # default\n"))
  }

  @Test func `all faults are reported at once`() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try ServiceConfiguration(
        flags: [("port", "65536"), ("threads", "0")],
        environment: ["VFLOWOPT_COLOUR": "blue", "VFLOWOPT_LOG_LEVEL": "loud"])
    }
    #expect(
      error.faults.map(\.name) == ["VFLOWOPT_COLOUR", "VFLOWOPT_LOG_LEVEL", "--port", "--threads"])
    #expect(
      error.faults.map(\.code)
        == [.unknownName, .valueNotAllowed, .valueNotAllowed, .valueNotAllowed])
    #expect(error.lines.count == 4)
  }

  @Test func `a ceiling below the largest body is a conflict`() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try ServiceConfiguration(flags: [("in_flight_bytes", "1MiB")], environment: [:])
    }
    #expect(error.faults.map(\.code) == [.conflict])
  }

  @Test(
    arguments: [
      ("admin_port=8080", 1), ("tls_certificate=a", 1), ("tls_key=a", 1), ("tls_client_ca=a", 1),
      ("port=", 1), ("port= admin_port=1", 1),
      ("tls_certificate=a tls_key=b tls_port=8080", 1), ("tls_certificate=a tls_key=b port=", 0),
      ("port=0 admin_port=0", 0), ("tls_port=8080", 0),
    ]) func `settings that cannot stand together are conflicts`(settings: String, count: Int)
  {
    let flags = settings.split(separator: " ")
      .map { setting in
        let parts = setting.split(separator: "=", omittingEmptySubsequences: false)
        return (name: String(parts[0]), value: String(parts[1]))
      }
    do throws(ConfigurationError) {
      _ = try ServiceConfiguration(flags: flags, environment: [:])
      #expect(count == 0)
    } catch { #expect(error.faults.map(\.code) == Array(repeating: .conflict, count: count)) }
  }

  @Test(
    arguments: [
      ("maximum_body_bytes", "1GiB", true), ("maximum_body_bytes", "4096", true),
      ("maximum_body_bytes", "4 KiB", false), ("maximum_body_bytes", "-1", false),
      ("maximum_body_bytes", "99999999999999GiB", false), ("maximum_body_bytes", "KiB", false),
      ("drain_grace_seconds", "0", true), ("drain_grace_seconds", "1.5", true),
      ("drain_grace_seconds", "1.2345", false), ("drain_grace_seconds", "1.", false),
      ("drain_grace_seconds", ".5", false), ("drain_grace_seconds", "-1", false),
      ("drain_grace_seconds", "99999999999999999999", false),
      ("body_timeout_seconds", "0", false), ("body_timeout_seconds", "0.25", true),
      ("threads", "+1", false), ("threads", "1e2", false), ("threads", "", false),
      ("host", "", false), ("host", "a b", false), ("host", "::1", true),
      ("unix_socket_mode", "600", true), ("unix_socket_mode", "0666", true),
      ("unix_socket_mode", "0888", false), ("unix_socket_mode", "1777", false),
      ("unix_socket_mode", "+66", false), ("unix_socket_mode", "66", false),
      ("unix_socket", "/a b/c", true), ("unix_socket", "", true), ("unix_socket", "a\nb", false),
      ("kernel_set", "portable", true), ("kernel_set", "Portable", false),
    ]) func `texts are accepted or refused as the table says`(
      name: String, text: String, accepted: Bool
    ) throws
  {
    let key = try #require(ConfigurationKey.all.first { $0.name == name })
    var configuration = ServiceConfiguration()
    #expect(key.assign(text, &configuration) == accepted)
  }

  @Test(
    arguments: [
      (Duration.milliseconds(1500), "1.500"), (.seconds(75), "75"), (.milliseconds(5), "0.005"),
    ]) func `durations read back what they print`(value: Duration, text: String) throws
  {
    let key = try #require(ConfigurationKey.all.first { $0.name == "drain_grace_seconds" })
    var configuration = ServiceConfiguration()
    configuration.drainGrace = value
    #expect(key.show(configuration) == text)
    configuration.drainGrace = .zero
    #expect(key.assign(text, &configuration))
    #expect(configuration.drainGrace == value)
  }
}
