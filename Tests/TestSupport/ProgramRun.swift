public import Foundation

/// One run of the built executable.
public final class ProgramRun {
  /// The outcome of a run that has ended.
  public struct Outcome {
    /// The exit code; a signal's number counts as 128 more.
    public let code: Int32
    /// What it wrote to standard output.
    public let output: Data
    /// What it wrote to standard error.
    public let errors: String

    /// Standard output as text.
    public var text: String { String(decoding: output, as: UTF8.self) }
  }

  private let process = Process()
  private let output = Pipe()
  private let errors: URL

  /// Starts the program with only the given variables in its environment.
  ///
  /// - Parameters:
  ///   - arguments: The program's arguments.
  ///   - environment: All of its variables.
  ///   - launcher: A command that is given the program and its arguments, and becomes it.
  /// - Throws: When the program cannot be started.
  public init(
    _ arguments: [String], environment: [String: String] = [:], through launcher: [String] = []
  ) throws {
    let folder = FileManager.default.temporaryDirectory
    errors = folder.appending(path: "vflowopt-\(UUID().uuidString).log")
    try Data().write(to: errors)
    let command = launcher + [Self.executable.path] + arguments
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
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

  /// The process, for a look at its memory and descriptors.
  public var processIdentifier: Int32 { process.processIdentifier }

  /// The first line of standard output, without its end.
  public func firstLine() -> String {
    var line = Data()
    while let byte = try? output.fileHandleForReading.read(upToCount: 1), byte.first != 10 {
      line += byte
    }
    return String(decoding: line, as: UTF8.self)
  }

  /// Sends a signal.
  public func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits for the end and collects what is left of the output.
  public func outcome() throws -> Outcome {
    let rest = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let code = process.terminationStatus
    return Outcome(
      code: process.terminationReason == .exit ? code : 128 + code, output: rest,
      errors: try String(contentsOf: errors, encoding: .utf8))
  }

  /// Runs the program to its end.
  public static func outcome(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws -> Outcome {
    try ProgramRun(arguments, environment: environment).outcome()
  }

  /// The program that was built together with these tests.
  public static var executable: URL {
    let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appending(path: "vflowopt")
  }
}

/// A served address that a test can connect to.
public struct RunningService {
  /// The process.
  public let run: ProgramRun
  /// The port from the line that the service printed.
  public let port: UInt16

  /// Starts `vflowopt serve` on a port of the system's choice and waits until it listens.
  public init(_ arguments: String..., environment: [String: String] = [:]) throws {
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
