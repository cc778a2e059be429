import Locking

@testable import StudyDriver

/// A study as far as a driver can tell, kept by a test.
final class StudyLedger: StudyService {
  struct Entry: Sendable {
    var client: String?
    var state = "requested"
    var body = ""
    var rows: [Int] = []
  }

  struct State: Sendable {
    var trials: [Entry] = []
    var calls: [String] = []
    /// Statuses that the next calls get instead of an answer.
    var troubles: [Int] = []
    var stopsAfterReports: Int?
    var reports = 0
  }

  let state: Locked<State>
  let rows: Int?

  init(rows: Int? = nil, stopsAfterReports: Int? = nil) {
    self.rows = rows
    var state = State()
    state.stopsAfterReports = stopsAfterReports
    self.state = Locked(state)
  }

  var trials: [Entry] { state.withLock { $0.trials } }
  var calls: [String] { state.withLock { $0.calls } }

  func answer(to call: StudyCall, _ stop: StopSignal) throws(StudyDriverError) -> HTTPAnswer {
    try state.withLock { (state) throws(StudyDriverError) in
      state.calls.append("\(call.method) \(call.target)")
      if !state.troubles.isEmpty {
        let trouble = state.troubles.removeFirst()
        guard trouble > 0 else { throw StudyDriverError(.unreachable, "away") }
        return Self.answer(#"{"title":"Trouble","detail":"of the test"}"#, trouble)
      }
      return answer(call, &state)
    }
  }

  private func answer(_ call: StudyCall, _ state: inout State) -> HTTPAnswer {
    let body = String(decoding: call.body ?? [], as: UTF8.self)
    let words = call.target.split(separator: "/").dropFirst(3).joined(separator: "/")
    switch (call.method, words) {
    case ("GET", ""): return Self.answer(study(state))
    case ("PUT", "baseline"): return Self.answer(study(state))
    case ("POST", "trials:ask"): return ask(body, &state)
    case ("GET", _) where words.hasPrefix("trials?"):
      let trials = state.trials.indices.map { document($0 + 1, state) }
      return Self.answer("{\"trials\":[\(trials.joined(separator: ","))]}")
    default: return about(words, body, &state)
    }
  }

  private func study(_ state: State) -> String {
    let baseline = rows.map { ",\"baseline\":{\"rows\":\($0)}" } ?? ""
    return """
      {"name":"s","layers":28,"stage_layers":[9,18],"token_budget":0.25,"seed":3,\
      "trial_count":\(state.trials.count)\(baseline)}
      """
  }

  private func ask(_ body: String, _ state: inout State) -> HTTPAnswer {
    let request = JSONBody(body)
    let client = request.text("client_id")
    var handed: [Int] = []
    for (index, entry) in state.trials.enumerated()
    where entry.state == "active" && entry.client == client || entry.state == "requested" {
      handed.append(index + 1)
    }
    handed = Array(handed.prefix(request.integer("count") ?? 1))
    while handed.count < request.integer("count") ?? 1 {
      state.trials.append(Entry())
      handed.append(state.trials.count)
    }
    for number in handed {
      state.trials[number - 1].client = client
      state.trials[number - 1].state = "active"
    }
    let trials = handed.map { document($0, state) }
    return Self.answer("{\"trials\":[\(trials.joined(separator: ","))]}")
  }

  private func about(_ words: String, _ body: String, _ state: inout State) -> HTTPAnswer {
    let name = words.dropFirst("trials/".count).split(separator: ":")
    guard let number = name.first.flatMap({ Int($0) }), state.trials.indices.contains(number - 1)
    else { return Self.answer("{}", 404) }
    switch name.count > 1 ? name[1] : "" {
    case "tell":
      guard state.trials[number - 1].state != "succeeded" else { return Self.answer("{}", 409) }
      state.trials[number - 1].state = body.contains("infeasible") ? "infeasible" : "succeeded"
      state.trials[number - 1].body = body
    case "report":
      state.trials[number - 1].rows += JSONBody(body).integers("rows")
      state.reports += 1
      if state.reports == state.stopsAfterReports {
        state.trials[number - 1].state = "stopped"
        return Self.answer(document(number, state, more: ",\"should_stop\":true"))
      }
      return Self.answer(document(number, state, more: ",\"should_stop\":false"))
    case "abandon":
      state.trials[number - 1].state = "requested"
    default: break
    }
    return Self.answer(document(number, state))
  }

  private func document(_ number: Int, _ state: State, more: String = "") -> String {
    let entry = state.trials[number - 1]
    let value = entry.state == "succeeded" ? ",\"value\":0.\(number)" : ""
    return """
      {"id":\(number),"state":"\(entry.state)","origin":"\(number == 1 ? "default" : "suggested")",\
      "strategy":{"layers":28,"stages":[{"layer":0,"retain_ratio":0.25}]},\
      "reports":\(entry.rows.isEmpty ? 0 : 1),"measured_rows":\(entry.rows)\(value)\(more)}
      """
  }

  static func answer(_ text: String, _ status: Int = 200) -> HTTPAnswer {
    HTTPAnswer(status: status, mediaType: "application/json", body: Array(text.utf8))
  }
}

/// The members of a request.
struct JSONBody {
  private let value: JSONTestValue?

  init(_ text: String) { value = JSONTestValue(Array(text.utf8)) }

  func text(_ key: String) -> String? { value?.text(key) }
  func integer(_ key: String) -> Int? { value?.integer(key) }
  func integers(_ key: String) -> [Int] { value?.integers(key) ?? [] }
}
