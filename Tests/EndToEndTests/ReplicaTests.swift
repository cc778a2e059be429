import Dispatch
import Foundation
import TestSupport
import Testing

/// Several services that share one PostgreSQL.
@Suite(
  .timeLimit(.minutes(15)),
  .enabled(if: PostgreSQLServer.isInstalled, "needs the package postgresql"))
struct ReplicaTests {
  private let address: String

  init() throws { address = try PostgreSQLServer.shared.makeDatabase() }

  /// Fits give way to everything else on the machine, so a busy one needs patience.
  private func replica() throws -> RunningService {
    try RunningService("--store", address, "--default-deadline-seconds", "600")
  }

  /// What a service answers, with its status.
  private struct Call {
    let port: UInt16

    func callAsFunction(
      _ method: String, _ target: String, _ body: String = "", _ fields: [(String, String)] = []
    ) throws -> (status: Int, document: [String: Any]) {
      let type = body.isEmpty ? [] : [("Content-Type", "application/json")]
      let answer = try ServiceConnection(port: port, timeoutSeconds: 600)
        .exchange(method, target, fields: type + fields, body: Array(body.utf8))
      let object = try? JSONSerialization.jsonObject(with: Data(answer.body))
      return (answer.status, object as? [String: Any] ?? [:])
    }
  }

  private static let study =
    #"{"name":"s","layers":28,"stage_layers":[9,18],"token_budget":0.25,"seed":1}"#

  private func perform(_ count: Int, _ body: @Sendable (Int) throws -> Void) {
    let faults = FaultList()
    DispatchQueue.concurrentPerform(iterations: count) { worker in
      do { try body(worker) } catch { faults.append("worker \(worker): \(error)") }
    }
    #expect(faults.all.isEmpty)
  }

  @Test func `two replicas ask and tell one study at once, and no trial is lost or doubled`() throws
  {
    let replicas = [try replica(), try replica()]
    let ports = replicas.map(\.port)
    #expect(try Call(port: ports[0])("POST", "/v1/studies", Self.study).status == 201)
    let told = FaultList()
    perform(6) { worker in
      let call = Call(port: ports[worker % 2])
      // Each outcome is told to the other replica than the one that handed the trial out.
      let other = Call(port: ports[(worker + 1) % 2])
      for round in 0..<12 {
        let ask = try call(
          "POST", "/v1/studies/s/trials:ask", #"{"client_id":"w\#(worker)","count":1}"#)
        let trials = ask.document["trials"] as? [[String: Any]] ?? []
        guard ask.status == 200, trials.count == 1, let id = trials[0]["id"] as? Int else {
          throw UnexpectedAnswer(status: ask.status, text: "\(ask.document)")
        }
        let value = "\(Double(worker * 100 + round) / 1000)"
        let tell = try other("POST", "/v1/studies/s/trials/\(id):tell", "{\"value\":\(value)}")
        guard tell.status == 200 else {
          throw UnexpectedAnswer(status: tell.status, text: "\(tell.document)")
        }
        told.append("\(id) \(Double(value) ?? -1)")
      }
    }
    // A client that got another's trial would have been answered 409.
    #expect(told.all.count == 72)
    #expect(Set(told.all.map { $0.split(separator: " ")[0] }).count == 72)
    for port in ports {
      let list = try Call(port: port)("GET", "/v1/studies/s/trials").document["trials"]
      let trials = try #require(list as? [[String: Any]])
      #expect(trials.map { $0["id"] as? Int } == Array(1...72))
      #expect(
        Set(trials.map { "\($0["id"] ?? 0) \($0["value"] as? Double ?? -2)" }) == Set(told.all))
    }
  }

  @Test func `what one replica was told before kill -9 the other one knows`() throws {
    let replicas = [try replica(), try replica()]
    let ports = replicas.map(\.port)
    _ = try Call(port: ports[0])("POST", "/v1/studies", Self.study)
    let acknowledged = FaultList()
    let victim = replicas[0].run.processIdentifier
    perform(3) { worker in
      guard worker > 0 else {
        while acknowledged.all.count < 20 { usleep(1000) }
        kill(victim, SIGKILL)
        return
      }
      let call = Call(port: ports[0])
      // It ends with a connection that breaks.
      while let ask = try? call(
        "POST", "/v1/studies/s/trials:ask", #"{"client_id":"w\#(worker)"}"#)
      {
        let trials = ask.document["trials"] as? [[String: Any]] ?? []
        guard let id = trials.first?["id"] as? Int,
          let tell = try? call("POST", "/v1/studies/s/trials/\(id):tell", "{\"value\":0.5}")
        else { break }
        if tell.status == 200 { acknowledged.append("\(id)") }
      }
    }
    #expect(try replicas[0].run.outcome().code == 128 + SIGKILL)
    let list = try Call(port: ports[1])("GET", "/v1/studies/s/trials").document["trials"]
    let known = (list as? [[String: Any]] ?? []).filter { $0["state"] as? String == "succeeded" }
    #expect(acknowledged.all.count >= 20)
    #expect(
      Set(known.map { "\($0["id"] ?? 0)" }).isSuperset(of: acknowledged.all))
  }

  @Test func `a strategy that one replica publishes the other one prunes by within seconds`() throws
  {
    let replicas = [try replica(), try replica()]
    let (writer, reader) = (Call(port: replicas[0].port), Call(port: replicas[1].port))
    func strategy(_ ratio: Double) -> String {
      """
      {"strategy":{"recycling_cell_size":8,"global_threshold":30,"layers":28,\
      "stages":[{"layer":0,"retain_ratio":\(ratio)}]}}
      """
    }
    let plan = #"{"strategy":"shared","items":[{"input_tokens":576}]}"#
    func ratio() throws -> Double? {
      let answer = try reader("POST", "/v1/plan", plan).document
      let resolved = answer["strategy"] as? [String: Any]
      return (resolved?["stages"] as? [[String: Any]])?.first?["retain_ratio"] as? Double
    }
    /// How long the reader takes to see what the writer has acknowledged.
    func staleness(until expected: Double?) throws -> Double {
      let start = Date()
      while try ratio() != expected, Date().timeIntervalSince(start) < 20 { usleep(20_000) }
      return Date().timeIntervalSince(start)
    }
    #expect(try reader("POST", "/v1/plan", plan).status == 404)
    #expect(try writer("PUT", "/v1/strategies/shared", strategy(0.25)).status == 201)
    #expect(try staleness(until: 0.25) < 10)
    #expect(try writer("PUT", "/v1/strategies/shared", strategy(0.5)).status < 300)
    #expect(try staleness(until: 0.5) < 10)
    #expect(try writer("POST", "/v1/strategies/shared:rollback").status == 200)
    #expect(try staleness(until: 0.25) < 10)
    #expect(try writer("DELETE", "/v1/strategies/shared").status == 204)
    #expect(try staleness(until: nil) < 10)
  }
}

private struct UnexpectedAnswer: Error {
  let status: Int
  let text: String
}

/// Texts from several threads.
private final class FaultList: @unchecked Sendable {
  // All access is under the lock.
  private let lock = NSLock()
  private var texts: [String] = []

  var all: [String] { lock.withLock { texts } }
  func append(_ text: String) { lock.withLock { texts.append(text) } }
}
