import Foundation
import Testing

@testable import Calibration

/// A server of the tests' own: in a temporary folder, on a Unix socket only, one per test run.
final class PostgreSQLServer: Sendable {
  private static let started = Result { try PostgreSQLServer() }

  /// The server, started when it is first needed.
  static var shared: PostgreSQLServer { get throws { try started.get() } }

  /// Where the newest installed server's programs are; nil when there are none.
  private static let programs: String? = {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    guard let newest = versions.compactMap(Int.init).max() else { return nil }
    let folder = "\(root)/\(newest)/bin"
    return FileManager.default.isExecutableFile(atPath: "\(folder)/initdb") ? folder : nil
  }()

  /// Whether this machine has a server.
  static var isInstalled: Bool { programs != nil }

  /// The address of its database.
  let address: String
  private let process: Process
  /// Held open while this process lives: its end ends the server, however this process ends.
  private let life = Pipe()

  /// Makes a server, runs it until standard input ends, and removes it.
  ///
  /// The server refuses root, so root runs it as the user that comes with the package. The shell
  /// outlives this process by just as long as stopping and removing the server takes.
  private static let script = """
    folder=$1 programs=$2
    as=; [ "$(id -u)" -ne 0 ] || {
      chown postgres "$folder"
      as="setpriv --reuid=postgres --regid=postgres --clear-groups"
    }
    cd "$folder"
    $as "$programs/initdb" -D "$folder/data" -U vflowopt -A trust --no-sync -E UTF8 --locale=C \
      >"$folder/initdb.log" 2>&1 || exit 1
    $as "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \
      -c max_connections=60 -c shared_buffers=16MB >"$folder/server.log" 2>&1 &
    server=$!
    cat >/dev/null
    kill -QUIT $server
    wait $server
    cd /
    rm -rf "$folder"
    """

  private init() throws {
    let programs = try #require(Self.programs)
    let folder = "/tmp/vflowopt-pg-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    address = "postgres:///postgres?host=\(folder)&user=vflowopt&password=verysecret"
    process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", Self.script, "sh", folder, programs]
    process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
    process.standardInput = life
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    // No other child may inherit this end.
    _ = fcntl(life.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    try process.run()
    try waitUntilReady()
  }

  private func waitUntilReady() throws {
    for _ in 0..<600 {
      if (try? PostgreSQLConnection(address: address)) != nil { return }
      guard process.isRunning else { break }
      usleep(50_000)
    }
    throw CalibrationError(.storeUnavailable, "the test's server did not start")
  }

  /// Removes everything that tests have stored.
  func clear() throws {
    let connection = try PostgreSQLConnection(address: address)
    for statement: StaticString in [
      "DROP TABLE IF EXISTS vflowopt_row_values", "DROP TABLE IF EXISTS vflowopt_trials",
      "DROP TABLE IF EXISTS vflowopt_studies", "DROP TABLE IF EXISTS vflowopt_strategies",
      "DROP TABLE IF EXISTS vflowopt_schema",
    ] {
      _ = try connection.run(statement, [])
    }
  }
}
