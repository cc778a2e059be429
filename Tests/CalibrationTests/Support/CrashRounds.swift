import Foundation
import TestSupport
import Testing

@testable import Calibration

/// Kills processes that write to a store, and compares what they were told with what is there.
struct CrashRounds {
  let address: StoreAddress
  let text: String
  let seed: UInt64

  init(_ text: String, seed: UInt64) throws {
    self.text = text
    self.seed = seed
    address = try #require(StoreAddress(text))
  }

  /// Runs writers beside each other, again and again, and kills each at a moment of its own.
  ///
  /// - Parameter rounds: How often; each round kills four processes.
  /// - Returns: How many writes were acknowledged.
  /// - Throws: When a process cannot be started or the store not be read.
  func run(_ rounds: Int) throws -> Int {
    _ = try address.open()
    var generator = SeededGenerator(seed: seed)
    var acknowledged: [String] = []
    for round in 0..<rounds {
      let writers = try (0..<4).map { try Writer(text, "writer\($0)", round) }
      for writer in writers.shuffled(using: &generator) {
        writer.waitForFirstLine()
        usleep(UInt32.random(in: 0...30_000, using: &generator))
        writer.kill()
      }
      for writer in writers { acknowledged += writer.lines() }
    }
    let store = try address.open()
    for line in acknowledged { #expect(try store.holds(line), "\(line), seed \(seed)") }
    try checkWhole(store)
    return acknowledged.count
  }

  /// Nothing is there by halves: trials are numbered without gaps and every document is readable.
  private func checkWhole(_ store: any StudyStore) throws {
    for study in try store.studies() {
      let trials = try store.trials(of: study)
      #expect(trials.map(\.id.number) == Array(1...study.trialCount))
      for trial in trials where trial.measurement?.rows != nil {
        #expect(try store.rowValues(of: trial.id, in: study)?.rows.count == trial.measurement?.rows)
      }
    }
    _ = try store.strategies()
  }

  /// Several processes ask and tell one study until it has `count` trials.
  ///
  /// - Parameters:
  ///   - processes: How many there are.
  ///   - count: How many trials each of them takes.
  /// - Returns: The numbers of the trials that were handed out, in no order.
  /// - Throws: When a process cannot be started or the store not be read.
  func share(among processes: Int, trials count: Int) throws -> [Int] {
    let writers = try (0..<processes).map { try Writer(text, "share-\(count)", $0) }
    let lines = writers.flatMap { $0.lines(killed: false) }
    let store = try address.open()
    for line in lines { #expect(try store.holds(line), "\(line)") }
    try checkWhole(store)
    return lines.compactMap { line in
      let words = line.split(separator: " ")
      return words[0] == "ask" ? Int(words[2]) : nil
    }
  }

  private final class Writer {
    private let process = Process()
    private let output = Pipe()
    private var first = Data()

    init(_ address: String, _ name: String, _ round: Int) throws {
      let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      process.executableURL = tests.deletingLastPathComponent().appending(path: "StoreWriter")
      process.arguments = [address, name, String(round)]
      process.environment = [:]
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = output
      try process.run()
    }

    /// Until then it starts; what is of interest is the time in which it writes.
    func waitForFirstLine() {
      first = (try? output.fileHandleForReading.read(upToCount: 1)) ?? Data()
    }

    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    /// What was acknowledged, a last line that the kill cut off left out.
    func lines(killed: Bool = true) -> [String] {
      let rest = (try? output.fileHandleForReading.readToEnd()) ?? Data()
      process.waitUntilExit()
      #expect((process.terminationReason == .uncaughtSignal) == killed, "a writer ended by itself")
      var lines = String(decoding: first + rest, as: UTF8.self)
        .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      lines.removeLast()
      return lines
    }
  }
}

extension StudyStore {
  /// Whether what a line acknowledges is there.
  fileprivate func holds(_ line: String) throws -> Bool {
    let words = line.split(separator: " ").map(String.init)
    if words[0] == "strategy" {
      let id = try StrategyID(words[1])
      return try strategy(named: id.name)?.version(id.version ?? "") != nil
    }
    guard let study = try study(StudyID(words[1])) else { return false }
    if words[0] == "study" { return true }
    if words[0] == "baseline" { return study.calibrationSet?.rows == Int(words[2]) }
    guard let trial = try trial(TrialID(words[2]), of: study) else { return false }
    switch words[0] {
    case "ask": return true
    case "tell":
      let last = try rowValues(of: trial.id, in: study)?.values.last
      return trial.state == .succeeded && last == Double(trial.id.number)
    default: return trial.measurement?.value == Double(words[3])
    }
  }
}
