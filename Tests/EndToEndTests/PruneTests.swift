import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct PruneTests {
  private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let folder = FileManager.default.temporaryDirectory
    let url = folder.appending(path: "\(UUID().uuidString)-\(name)")
    try Data(bytes).write(to: url)
    return url.path
  }

  @Test(arguments: ["json", "safetensors"])
  func `the answer has the same bytes as the server's`(encoding: String) throws {
    let isJSON = encoding == "json"
    let body = isJSON ? ServiceRequests.json : ServiceRequests.safetensors
    let type = isJSON ? "application/json" : "application/vnd.safetensors"
    let service = try RunningService()
    let online = try ServiceConnection(port: service.port)
      .exchange("POST", "/v1/prune", fields: [("Content-Type", type)], body: body)
    #expect(online.status == 200)
    let input = try file("request.\(encoding)", body)
    let offline = try ProgramRun.outcome("prune", input)
    #expect(offline.code == 0)
    #expect(Array(offline.output) == online.body)
    let output = input + ".out"
    #expect(try ProgramRun.outcome("prune", input, "-o", output).code == 0)
    #expect(try Data(contentsOf: URL(filePath: output)) == offline.output)
  }

  @Test func `every kernel set that is asked for gives the same bytes`() throws {
    let input = try file("request.json", ServiceRequests.json)
    let best = try ProgramRun.outcome("prune", input)
    let portable = try ProgramRun.outcome("prune", input, "--kernel-set", "portable")
    let variable = try ProgramRun.outcome(
      "prune", input, environment: ["VFLOWOPT_KERNEL_SET": "portable"])
    #expect(best.output == portable.output)
    #expect(best.output == variable.output)
    #expect(best.text.contains("\"retained_indices\""))
  }

  @Test func `a body that cannot be served is exit 65 with its problem`() throws {
    let outcome = try ProgramRun.outcome("prune", try file("bad.json", Array("{".utf8)))
    #expect(outcome.code == 65)
    #expect(outcome.errors.contains("/problems/malformed-body"))
    #expect(outcome.output.isEmpty)
  }

  @Test func `files that cannot be read or written are exit 69`() throws {
    #expect(try ProgramRun.outcome("prune", "/no/such/file.json").code == 69)
    let input = try file("request.json", ServiceRequests.json)
    #expect(try ProgramRun.outcome("prune", input, "-o", "/no/such/folder/out").code == 69)
  }

  @Test func `wrong usage is exit 64 and wrong settings are exit 78`() throws {
    #expect(try ProgramRun.outcome("prune").code == 64)
    let input = try file("request.json", ServiceRequests.json)
    #expect(try ProgramRun.outcome("prune", input, "--kernel-set", "none").code == 78)
  }
}
