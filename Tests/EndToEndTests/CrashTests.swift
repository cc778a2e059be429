import Dispatch
import Foundation
import TestSupport
import Testing

/// `kill -9` of a whole service while clients write; `Benchmarks/Load/crash.py` does it a hundred times.
@Suite(.timeLimit(.minutes(15))) struct CrashTests {
  private static let kills = 10
  private static let rows = 6

  @Test func `a service killed again and again keeps what it acknowledged, and nothing twice`()
    throws
  {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).sqlite").path
    defer {
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: path + suffix)
      }
    }
    try rounds(on: "sqlite://\(path)")
  }

  @Test(.enabled(if: PostgreSQLServer.isInstalled, "needs the package postgresql"))
  func `the same with PostgreSQL`() throws {
    try rounds(on: try PostgreSQLServer.shared.makeDatabase())
  }

  private func rounds(on store: String) throws {
    let seed = UInt64.random(in: .min ... .max)
    var generator = SeededGenerator(seed: seed)
    let ledger = CrashLedger()
    let clients = (0..<4).map { CrashClient($0, rows: Self.rows, ledger, seed: generator.next()) }
    for round in 0..<Self.kills {
      let service = try RunningService("--store", store)
      try ledger.check(port: service.port, "seed \(seed), round \(round)")
      let study = "s\(round / 2)"
      try start(study, service.port)
      let (process, port) = (service.run.processIdentifier, service.port)
      let life = UInt32.random(in: 5_000...300_000, using: &generator)
      DispatchQueue.concurrentPerform(iterations: clients.count + 1) { index in
        guard index > 0 else {
          usleep(life)
          // On a machine on which nothing was written in that time a kill would show nothing.
          for _ in 0..<2000 where ledger.count <= round { usleep(10_000) }
          kill(process, SIGKILL)
          return
        }
        clients[index - 1].work(on: study, port: port)
      }
      #expect(try service.run.outcome().code == 128 + SIGKILL)
    }
    let service = try RunningService("--store", store)
    try ledger.check(port: service.port, "seed \(seed)")
    #expect(ledger.count >= Self.kills, "seed \(seed): the clients have hardly written anything")
  }

  /// Both may have been done before the kill.
  private func start(_ study: String, _ port: UInt16) throws {
    let connection = try ServiceConnection(port: port)
    let fields = [("Content-Type", "application/json")]
    let created = try connection.exchange(
      "POST", "/v1/studies", fields: fields,
      body: Array(
        #"{"name":"\#(study)","layers":28,"stage_layers":[9,18],"token_budget":0.25}"#.utf8))
    #expect(created.status == 201 || created.status == 409)
    let names = (0..<Self.rows).map { "\"i\($0)\"" }.joined(separator: ",")
    let told = try connection.exchange(
      "PUT", "/v1/studies/\(study)/baseline", fields: fields,
      body: Array("{\"sample_ids\":[\(names)]}".utf8))
    #expect(told.status == 200)
  }
}

/// What clients were told, and whether it is there.
private final class CrashLedger: @unchecked Sendable {
  // All access is under the lock.
  private let lock = NSLock()
  private var owners: [String: [Int: String]] = [:]
  private var outcomes: [String: [Int: [Double]]] = [:]
  private var versions: [String: Double] = [:]
  private var faults: [String] = []

  var count: Int { lock.withLock { outcomes.values.reduce(versions.count) { $0 + $1.count } } }

  func fault(_ text: String) { lock.withLock { faults.append(text) } }

  func handed(_ trial: Int, of study: String, to client: String) {
    lock.withLock {
      let owner = owners[study, default: [:]].updateValue(client, forKey: trial)
      if let owner, owner != client { faults.append("\(trial) has \(owner) and \(client)") }
    }
  }

  func told(_ trial: Int, of study: String, _ values: [Double]) {
    lock.withLock { outcomes[study, default: [:]][trial] = values }
  }

  func published(_ name: String, _ threshold: Double) {
    lock.withLock { versions[name] = threshold }
  }

  func check(port: UInt16, _ context: String) throws {
    let connection = try ServiceConnection(port: port)
    func read(_ target: String) throws -> [String: Any] {
      let answer = try connection.exchange("GET", target)
      #expect(answer.status == 200)
      let object = try JSONSerialization.jsonObject(with: Data(answer.body))
      return try #require(object as? [String: Any])
    }
    try lock.withLock {
      #expect(faults.isEmpty, "\(context): \(faults)")
      for study in owners.keys {
        try check(try read("/v1/studies/\(study):export"), study, context)
      }
      let list = try #require(try read("/v1/strategies")["strategies"] as? [[String: Any]])
      let names = list.compactMap { $0["name"] as? String }
      #expect(Set(names).count == names.count, "\(context)")
      for (name, threshold) in versions {
        let kept = list.first { $0["name"] as? String == name }?["strategy"] as? [String: Any]
        #expect(kept?["global_threshold"] as? Double == threshold, "\(context): \(name)")
      }
    }
  }

  private func check(_ export: [String: Any], _ study: String, _ context: String) throws {
    let trials = try #require(export["trials"] as? [[String: Any]])
    let count = try #require(export["trial_count"] as? Int)
    #expect(trials.map { $0["id"] as? Int } == Array(1...count), "\(context): \(study)")
    #expect((owners[study]?.keys.max() ?? 0) <= count, "\(context): \(study)")
    for trial in trials {
      let number = trial["id"] as? Int ?? 0
      let values = trial["values"] as? [Double]
      #expect(values?.count == trial["rows"] as? Int, "\(context): \(study) \(number)")
      if let told = outcomes[study]?[number] {
        #expect(trial["state"] as? String == "succeeded", "\(context): \(study) \(number)")
        #expect(values == told, "\(context): \(study) \(number)")
      }
      if let holder = trial["client_id"] as? String {
        // What nobody was told of waits for the client that has asked for it.
        #expect(owners[study]?[number] ?? holder == holder, "\(context): \(study) \(number)")
      }
    }
  }
}

/// A worker that sends again what it got no answer to.
private final class CrashClient: @unchecked Sendable {
  // One thread at a time: the rounds wait for all workers.
  private struct Call {
    let method: String
    let target: String
    let body: String
    let acknowledged: ([String: Any]) -> Void
  }

  private struct Killed: Error {}

  private let name: String
  private let rows: Int
  private let ledger: CrashLedger
  private var generator: SeededGenerator
  private var pending: Call?
  private var connection: ServiceConnection?
  private var published = 0

  init(_ number: Int, rows: Int, _ ledger: CrashLedger, seed: UInt64) {
    name = "c\(number)"
    self.rows = rows
    self.ledger = ledger
    generator = SeededGenerator(seed: seed)
  }

  /// Works until the service is gone.
  func work(on study: String, port: UInt16) {
    connection = try? ServiceConnection(port: port)
    do {
      if let pending { try send(pending) }
      while true { try turn(study) }
    } catch { connection = nil }
  }

  private func turn(_ study: String) throws {
    if Bool.random(using: &generator) { try publish() }
    var trials: [Int] = []
    let path = "/v1/studies/\(study)/trials"
    let (name, ledger) = (name, ledger)
    try send(
      Call(method: "POST", target: path + ":ask", body: "{\"client_id\":\"\(name)\"}") { answer in
        trials = (answer["trials"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? Int }
        for trial in trials { ledger.handed(trial, of: study, to: name) }
      })
    for trial in trials {
      let values = (0..<rows).map { _ in number() }
      if Bool.random(using: &generator) {
        try send(
          Call(
            method: "POST", target: "\(path)/\(trial):report",
            body: "{\"rows\":[0,1],\"values\":[\(values[0]),\(values[1])]}"
          ) { _ in })
      }
      try send(
        Call(method: "POST", target: "\(path)/\(trial):tell", body: "{\"values\":\(values)}") { _ in
          ledger.told(trial, of: study, values)
        })
    }
  }

  /// One that every reader of JSON reads as it was written.
  private func number() -> Double { Double(Int.random(in: 0...1024, using: &generator)) / 1024 }

  private func publish() throws {
    published += 1
    let (version, threshold) = ("\(name)@\(published)", 1 + number())
    let ledger = ledger
    try send(
      Call(
        method: "PUT", target: "/v1/strategies/\(version)",
        body: """
          {"recycling_cell_size":8,"global_threshold":\(threshold),"layers":28,\
          "stages":[{"layer":0,"retain_ratio":0.25}]}
          """
      ) { _ in ledger.published(version, threshold) })
  }

  private func send(_ call: Call) throws {
    pending = call
    guard let connection,
      let answer = try? connection.exchange(
        call.method, call.target, fields: [("Content-Type", "application/json")],
        body: Array(call.body.utf8))
    else { throw Killed() }
    pending = nil
    guard (200...201).contains(answer.status) else {
      return ledger.fault("\(name) \(call.target): \(answer.status) \(answer.text)")
    }
    let object = try? JSONSerialization.jsonObject(with: Data(answer.body))
    call.acknowledged(object as? [String: Any] ?? [:])
  }
}
