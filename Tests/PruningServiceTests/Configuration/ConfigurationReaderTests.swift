import Testing

@testable import PruningService

@Suite struct ConfigurationReaderTests {
  private func faults(_ text: String) throws -> [(code: ConfigurationError.Code, line: String)] {
    let file = try ScratchFile(text)
    let error = try #require(throws: ConfigurationError.self) { try file.configuration() }
    let faults = error.faults
    return zip(faults, error.lines).map { ($0.code, $1.replacing(file.path, with: "F")) }
  }

  @Test func `the file is stronger than the default and weaker than everything else`() throws {
    let file = try ScratchFile(
      """
      port = 81
      loops = 3

      threads = 4
      drain_grace_seconds = 1.5
      maximum_body_bytes = "1GiB"
      maximum_json_body_bytes = 4096
      log_level = "debug"
      """)
    let configuration = try file.configuration(
      flags: [("port", "0")], environment: ["VFLOWOPT_LOOPS": "2"])
    #expect(configuration.port == 0)
    #expect(configuration.loops == 2)
    #expect(configuration.threads == 4)
    #expect(configuration.drainGrace == .milliseconds(1500))
    #expect(configuration.maximumBodyBytes == 1 << 30)
    #expect(configuration.maximumJSONBodyBytes == 4096)
    #expect(configuration.printed.contains("port = 0  # flag\n"))
    #expect(configuration.printed.contains("loops = 2  # environment\n"))
    #expect(configuration.printed.contains("threads = 4  # file \(file.path):4\n"))
    #expect(configuration.printed.contains("log_level = \"debug\"  # file \(file.path):8\n"))
    #expect(configuration.printed.contains("queue_capacity = 256  # default\n"))
  }

  @Test func `the variable names a file, and the flag another one`() throws {
    let (one, two) = (try ScratchFile("port = 1"), try ScratchFile("port = 2"))
    let environment = [ConfigurationKey.fileVariable: one.path]
    #expect(try ServiceConfiguration(flags: [], environment: environment).port == 1)
    #expect(try two.configuration(environment: environment).port == 2)
  }

  @Test(
    arguments: [
      ("port = \"80\"", "F:1: port: must be an integer, not a string"),
      ("port = 80.0", "F:1: port: must be an integer, not a float"),
      ("\nport = true", "F:2: port: must be an integer, not a boolean"),
      ("host = 1", "F:1: host: must be a string, not an integer"),
      ("host = 1979-05-27", "F:1: host: must be a string, not a date or time"),
      ("host = [\"a\"]", "F:1: host: must be a string, not an array"),
      ("[log_level]\nx = 1", "F:1: log_level: must be a string, not a table"),
      (
        "maximum_body_bytes = 1.5",
        "F:1: maximum_body_bytes: must be an integer or a string such as \"64MiB\", not a float"
      ),
      (
        "drain_grace_seconds = \"30\"",
        "F:1: drain_grace_seconds: must be a number of seconds, not a string"
      ),
      ("port = 70000", "F:1: port: '70000' is not allowed; integer, 0 to 65535; empty for none"),
      ("port = -1", "F:1: port: '-1' is not allowed; integer, 0 to 65535; empty for none"),
      ("loops = \"\"", "F:1: loops: '' is not allowed; integer, 1 to 256"),
      (
        "drain_grace_seconds = nan",
        "F:1: drain_grace_seconds: 'nan' is not allowed; duration, 0 to 3600 seconds"
      ),
    ]) func `a value of another type or out of its range is told with its line`(
      text: String, line: String
    ) throws
  {
    #expect(try faults(text).map(\.code) == [.valueNotAllowed])
    #expect(try faults(text).map(\.line) == ["configuration: " + line])
  }

  @Test func `all faults of all sources are told at once`() throws {
    let file = try ScratchFile("colour = \"blue\"\nport = 0\n[server]\nport = 1\n")
    let error = try #require(throws: ConfigurationError.self) {
      try file.configuration(flags: [("loops", "0")], environment: ["VFLOWOPT_NO_SUCH": "1"])
    }
    #expect(
      error.faults.map(\.code) == [.unknownName, .unknownName, .unknownName, .valueNotAllowed])
    #expect(error.faults[0].name == "\(file.path):1: colour")
    #expect(error.faults[1].name == "\(file.path):3: server")
  }

  @Test(arguments: ["port = ", "port = 1\nport = 2", "= 1", "host = \"a", "port = 08", "[a", "\0"])
  func `what is not TOML is told with its line`(text: String) throws {
    let faults = try faults(text)
    #expect(faults.map(\.code) == [.unreadableFile])
    #expect(faults[0].line.hasPrefix("configuration: F:"))
    #expect(faults[0].line.split(separator: ":").count >= 4)
  }

  @Test func `a file that is not there is a fault`() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try ServiceConfiguration(flags: [], environment: [:], file: "/no/such/file.toml")
    }
    #expect(error.lines == ["configuration: /no/such/file.toml: cannot be read"])
  }

  @Test func `what is printed is a file that says the same`() throws {
    let file = try ScratchFile("host = \"::1\"\nbuffer_pool_bytes = \"3KiB\"\nqueue_capacity = 9")
    let configuration = try file.configuration()
    let again = try ScratchFile(configuration.printed).configuration()
    for key in ConfigurationKey.all {
      #expect(key.show(again) == key.show(configuration), "\(key.name)")
    }
  }
}
