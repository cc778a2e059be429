import Foundation
import TestSupport
import Testing

/// Every command of docs/calibration.md, in its order, against the built program.
@Suite(.timeLimit(.minutes(15))) struct CalibrationPageTests {
  private static var page: URL {
    var root = URL(filePath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    return root.appending(path: "docs/calibration.md")
  }

  /// What stands in the blocks marked as shell.
  private func commands() throws -> String {
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    return text.components(separatedBy: "```sh\n").dropFirst()
      .map { $0.components(separatedBy: "```")[0] }
      .joined(separator: "\n")
  }

  @Test func `the page leads from a model to a published strategy`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let service = try RunningService(environment: ["XDG_STATE_HOME": folder.path])
    let script = try commands()
      .replacingOccurrences(of: ":8080", with: ":\(service.port)")
    #expect(script.components(separatedBy: "curl ").count > 10)
    #expect(script.components(separatedBy: "vflowopt ").count > 10)
    let (shell, output) = (Process(), Pipe())
    shell.executableURL = URL(filePath: "/bin/bash")
    shell.arguments = ["-euo", "pipefail", "-c", script]
    shell.currentDirectoryURL = folder
    // The command and the service are the same program and have the same state directory.
    var environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("VFLOWOPT_") && $0.key != "STATE_DIRECTORY"
    }
    let path = environment["PATH"] ?? "/usr/bin:/bin"
    environment["PATH"] = ProgramRun.executable.deletingLastPathComponent().path + ":" + path
    environment["XDG_STATE_HOME"] = folder.path
    shell.environment = environment
    shell.standardOutput = output
    shell.standardError = output
    try shell.run()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 0, "\(text)")
    #expect(text.contains("\"name\":\"my-model@1\""))
    #expect(text.contains("\"name\":\"by-hand@1\""))
    for picture in ["my-model-25.svg", "course.svg"] {
      #expect(
        FileManager.default.fileExists(atPath: folder.appending(path: picture).path))
    }
    let state = folder.appending(path: "vflowopt/studies.sqlite")
    #expect(FileManager.default.fileExists(atPath: state.path))
  }
}
