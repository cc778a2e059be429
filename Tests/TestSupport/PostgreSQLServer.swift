import Foundation

/// A server of the tests' own: in a temporary folder, on a Unix socket only, one per test run.
public final class PostgreSQLServer: Sendable {
  private static let started = Result { try PostgreSQLServer() }

  /// The server, started when it is first needed.
  public static var shared: PostgreSQLServer { get throws { try started.get() } }

  /// Where the newest installed server's programs are; nil when there are none.
  private static let programs: String? = {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    guard let newest = versions.compactMap(Int.init).max() else { return nil }
    let folder = "\(root)/\(newest)/bin"
    return FileManager.default.isExecutableFile(atPath: "\(folder)/initdb") ? folder : nil
  }()

  /// Whether this machine has a server.
  public static var isInstalled: Bool { programs != nil }

  /// The server cannot be used, and its own words about it.
  struct StartFailure: Error {
    let log: String
  }

  /// The address of its database.
  public let address: String
  private let folder: String
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
    guard let programs = Self.programs else { throw StartFailure(log: "not installed") }
    let folder = "/tmp/vflowopt-pg-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    self.folder = folder
    address = Self.address(of: "postgres", in: folder)
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

  private static func address(of database: String, in folder: String) -> String {
    "postgres:///\(database)?host=\(folder)&user=vflowopt&password=verysecret"
  }

  private func waitUntilReady() throws {
    for _ in 0..<600 {
      if run("pg_isready", "-q", "-d", "postgres") { return }
      guard process.isRunning else { break }
      usleep(50_000)
    }
    let log = try? String(contentsOfFile: "\(folder)/server.log", encoding: .utf8)
    throw StartFailure(log: log ?? "no log")
  }

  /// Makes an empty database beside the first one, for tests that must not meet others.
  ///
  /// - Returns: Its address.
  public func makeDatabase() throws -> String {
    let name = "d\(UUID().uuidString.filter { $0 != "-" }.lowercased())"
    guard run("createdb", name) else { throw StartFailure(log: "createdb failed") }
    return Self.address(of: name, in: folder)
  }

  private func run(_ program: String, _ arguments: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "\(Self.programs ?? "")/\(program)")
    process.arguments = ["-h", folder, "-U", "vflowopt"] + arguments
    process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
