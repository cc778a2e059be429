import Foundation

/// One run of the built executable.
final class ProgramRun {
  /// The outcome of a run that has ended.
  struct Outcome {
    /// The exit code; a signal's number counts as 128 more.
    let code: Int32
    /// What it wrote to standard output.
    let output: Data
    /// What it wrote to standard error.
    let errors: String

    /// Standard output as text.
    var text: String { String(decoding: output, as: UTF8.self) }
  }

  private let process = Process()
  private let output = Pipe()
  private let errors: URL

  /// Starts the program with only the given variables in its environment.
  init(_ arguments: [String], environment: [String: String] = [:]) throws {
    let folder = FileManager.default.temporaryDirectory
    errors = folder.appending(path: "vflowopt-\(UUID().uuidString).log")
    try Data().write(to: errors)
    process.executableURL = Self.executable
    process.arguments = arguments
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: errors)
  }

  /// The first line of standard output, without its end.
  func firstLine() -> String {
    var line = Data()
    while let byte = try? output.fileHandleForReading.read(upToCount: 1), byte.first != 10 {
      line += byte
    }
    return String(decoding: line, as: UTF8.self)
  }

  /// Sends a signal.
  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits for the end and collects what is left of the output.
  func outcome() throws -> Outcome {
    let rest = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let code = process.terminationStatus
    return Outcome(
      code: process.terminationReason == .exit ? code : 128 + code, output: rest,
      errors: try String(contentsOf: errors, encoding: .utf8))
  }

  /// Runs the program to its end.
  static func outcome(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws -> Outcome {
    try ProgramRun(arguments, environment: environment).outcome()
  }

  /// The program that was built together with these tests.
  private static var executable: URL {
    let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appending(path: "vflowopt")
  }
}

/// A served address that a test can connect to.
struct RunningService {
  /// The process.
  let run: ProgramRun
  /// The port from the line that the service printed.
  let port: UInt16

  /// Starts `vflowopt serve` on a port of the system's choice and waits until it listens.
  init(_ arguments: String..., environment: [String: String] = [:]) throws {
    run = try ProgramRun(["serve", "--port", "0"] + arguments, environment: environment)
    let line = run.firstLine()
    let prefix = "listening on http://127.0.0.1:"
    guard line.hasPrefix(prefix), let port = UInt16(line.dropFirst(prefix.count)) else {
      throw StartFailure(line: line, errors: try run.outcome().errors)
    }
    self.port = port
  }

  /// The service did not say where it listens.
  struct StartFailure: Error {
    let line: String
    let errors: String
  }
}
