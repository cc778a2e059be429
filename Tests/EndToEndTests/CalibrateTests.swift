import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct CalibrateTests {
  /// A folder of a test's own, with an evaluator in it.
  private struct Desk: ~Copyable {
    let folder: URL

    init() throws {
      folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(Self.evaluator.utf8).write(to: folder.appending(path: "evaluate.py"))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var store: String { "sqlite://\(folder.path)/studies.sqlite" }
    var evaluate: String { "python3 \(folder.path)/evaluate.py" }
    func path(_ name: String) -> String { folder.appending(path: name).path }

    func run(_ arguments: [String]) throws -> ProgramRun {
      let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
      return try ProgramRun(arguments, environment: ["PATH": path, "DESK": folder.path])
    }

    /// Eight rows of four samples, turned by an angle that depends on the strategy; every evaluation
    /// leaves a line in a file, and waits while there is a file named hold.
    private static let evaluator = """
      import json, math, os, sys, time

      desk = os.environ["DESK"]
      baseline = [[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9], [1, 1], [1, 0.9], [2, 1], [2, 0.9]]
      for line in sys.stdin:
          request = json.loads(line)
          if request["kind"] == "baseline":
              samples = ["a", "a", "b", "b", "c", "c", "d", "d"]
              print(json.dumps({"last_token": baseline, "sample_ids": samples}), flush=True)
              continue
          with open(desk + "/log", "a") as log:
              log.write(f"{request['trial']}\\n")
          while os.path.exists(desk + "/hold"):
              time.sleep(0.01)
          angle = 0.1 + abs(request["strategy"]["stages"][0]["retain_ratio"] - 0.31) * 4
          answer = []
          for row in request.get("rows", range(8)):
              (x, y), turn = baseline[row], angle + row / 100
              sine, cosine = math.sin(turn), math.cos(turn)
              answer.append([x * cosine - y * sine, x * sine + y * cosine])
          print(json.dumps({"last_token": answer}), flush=True)
      """
  }

  private let study = [
    "--study", "m", "--model", "m", "--layers", "28", "--stage-layers", "9,18",
    "--token-budget", "0.25", "--seed", "3",
  ]

  private func object(_ data: Data) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test(
    arguments: [
      [], ["--keep-running", "--parallel", "3"], ["--portion", "3"],
      ["--portion", "3", "--keep-running", "--parallel", "2"],
    ])
  func `a model gets its strategy from one command`(ways: [String]) throws {
    let desk = try Desk()
    let place = ["--store", desk.store]
    let run = try desk.run(
      ["calibrate"] + study + place + ways + [
        "--evaluate", desk.evaluate, "--measure-baseline", "--trials", "12", "--plot",
        desk.path("course.svg"),
      ])
    let outcome = try run.outcome()
    #expect(outcome.code == 0, "\(outcome.errors)")
    let best = try object(outcome.output)
    #expect((best["value"] as? Double ?? 0) > 0.98)
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 12)
    #expect(lines.allSatisfy { $0.hasPrefix("trial ") && $0.contains("; best ") })
    #expect(try String(contentsOfFile: desk.path("course.svg"), encoding: .utf8).hasPrefix("<svg"))

    let list = try desk.run(["study", "list"] + place).outcome()
    #expect(list.text.contains("m     active  m      0.25    12      4"))
    let published = try desk.run(["study", "publish", "m", "--as", "mine"] + place).outcome()
    #expect(published.code == 0, "\(published.errors)")
    #expect(try object(published.output)["name"] as? String == "mine@1")
    let table = try desk.run(["study", "export", "m", "--format", "csv"] + place).outcome()
    #expect(table.text.split(whereSeparator: \.isNewline).count == 13)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `what a signal interrupts the same command goes on with`(signal: Int32) throws {
    let desk = try Desk()
    let command =
      ["calibrate"] + study + [
        "--store", desk.store, "--evaluate", desk.evaluate, "--measure-baseline", "--parallel",
        "2",
      ]
    #expect(try desk.run(command + ["--trials", "3"]).outcome().code == 0)
    try Data().write(to: desk.folder.appending(path: "hold"))
    try FileManager.default.removeItem(atPath: desk.path("log"))
    let held = try desk.run(command + ["--trials", "8"])
    for _ in 0..<6000 where try evaluated(desk.path("log")).count < 2 { usleep(10_000) }
    held.signal(signal)
    let outcome = try held.outcome()
    #expect(outcome.code == 128 + signal)
    #expect(outcome.errors.contains("the same command goes on"))
    #expect(outcome.output.isEmpty)
    let open = try evaluated(desk.path("log"))
    try FileManager.default.removeItem(atPath: desk.path("hold"))

    #expect(try desk.run(command + ["--trials", "8"]).outcome().code == 0)
    let again = try evaluated(desk.path("log")).dropFirst(2)
    #expect(Set(again.prefix(2)) == Set(open))
    let trials = try desk.run(["study", "trials", "m", "--store", desk.store]).outcome()
    let states = try object(trials.output)["trials"] as? [[String: Any]] ?? []
    #expect(states.count == 8)
    #expect(states.allSatisfy { $0["state"] as? String == "succeeded" })
  }

  private func evaluated(_ path: String) throws -> [String] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      .map(String.init)
  }

  @Test func `a service and a callback do as well`() throws {
    let desk = try Desk()
    let callback = try CallbackServer()
    let service = try RunningService("--store", desk.store)
    let place = ["--server", "http://127.0.0.1:\(service.port)"]
    let outcome = try desk.run(
      ["calibrate"] + study + place + [
        "--callback", "http://127.0.0.1:\(callback.port)/evaluate", "--trials", "7", "--parallel",
        "2",
      ]
    ).outcome()
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try object(outcome.output)["measured_trials"] as? Int == 7)
    let refused = try desk.run(["study", "publish", "m", "--as", "mine"] + place).outcome()
    #expect(refused.code == 65)
    #expect(refused.errors.contains("/problems/not-better-than-default"))
    let forced = try desk.run(
      ["study", "publish", "m", "--as", "mine@x", "--force"] + place
    ).outcome()
    #expect(forced.code == 0)
    let plan = try ServiceConnection(port: service.port).exchange(
      "POST", "/v1/plan", fields: [("Content-Type", "application/json")],
      body: Array(#"{"strategy":"mine@x","items":[{"input_tokens":576}]}"#.utf8))
    #expect(plan.status == 200)
    for (verb, code) in [("show", 0), ("best", 0), ("plot", 0), ("complete", 0), ("delete", 0)] {
      #expect(try desk.run(["study", verb, "m"] + place).outcome().code == Int32(code))
    }
    #expect(try desk.run(["study", "show", "m"] + place).outcome().code == 65)
  }

  @Test func `another study of the name is not driven`() throws {
    let desk = try Desk()
    let command = ["calibrate", "--store", desk.store, "--evaluate", "echo 0.5", "--trials", "1"]
    #expect(try desk.run(command + study).outcome().code == 0)
    let other = try desk.run(command + ["--study", "m", "--layers", "27"]).outcome()
    #expect(other.code == 65)
    #expect(other.errors.contains("with another layers"))
    #expect(try desk.run(command + ["--study", "m"]).outcome().code == 0)
  }

  @Test func `faults have their exit codes`() throws {
    let desk = try Desk()
    let store = ["--study", "m", "--store", desk.store]
    let cases: [([String], Int32)] = [
      (["calibrate"], 64), (["calibrate"] + store, 64),
      (["calibrate"] + store + ["--evaluate", "x", "--callback", "http://h"], 64),
      (["calibrate"] + store + ["--callback", "https://h"], 64),
      (["calibrate"] + store + ["--callback", "http://h", "--keep-running"], 64),
      (["calibrate"] + store + ["--evaluate", "x", "--server", "http://h"], 64),
      (["calibrate"] + store + ["--evaluate", "x", "--stage-layers", "9,x"], 64),
      (["calibrate"] + store + ["--evaluate", "x", "--parallel", "0"], 64),
      (["calibrate"] + store + ["--evaluate", "x"], 65),
      (["calibrate", "--study", "m", "--server", "http://127.0.0.1:9", "--evaluate", "x"], 69),
      (["study", "list", "--server", "http://127.0.0.1:9"], 69),
      (["study", "list", "--server", "http://h", "--api-key-file", "/no/such"], 69),
      (["study", "list", "--store", "sqlite:///proc/none/s"], 78),
      (["study", "list", "--api-key-file", "x"], 64), (["study"], 0), (["study", "nonsense"], 64),
    ]
    for (arguments, code) in cases {
      #expect(try desk.run(arguments).outcome().code == code, "\(arguments)")
    }
    let failing = try desk.run(
      ["calibrate"] + study + ["--store", desk.store, "--evaluate", "exit 4"]
    ).outcome()
    #expect(failing.code == 69)
    #expect(failing.errors.contains("the command ended with status 4"))
    #expect(failing.errors.split(separator: "\n").count { $0.contains("is given back") } == 3)
  }
}

/// A server that knows what every strategy is worth.
private final class CallbackServer {
  let port: UInt16
  private let process = Process()

  init() throws {
    let script = """
      import http.server, json

      class Handler(http.server.BaseHTTPRequestHandler):
          def do_POST(self):
              length = int(self.headers["Content-Length"])
              strategy = json.loads(self.rfile.read(length))["strategy"]
              body = json.dumps({"value": 1 - strategy["stages"][0]["retain_ratio"]}).encode()
              self.send_response(200)
              self.end_headers()
              self.wfile.write(body)

          def log_message(self, *_):
              pass

      server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
      print(server.server_address[1], flush=True)
      server.serve_forever()
      """
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var line = ""
    while let byte = try output.fileHandleForReading.read(upToCount: 1), byte.first != 10 {
      line += String(decoding: byte, as: UTF8.self)
    }
    port = try #require(UInt16(line))
  }

  // The signals that the test's process blocks are blocked here too.
  deinit { kill(process.processIdentifier, SIGKILL) }
}
