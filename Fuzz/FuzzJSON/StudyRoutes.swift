import FuzzHarness
import PruningService
import TensorCoding
import Tensors

/// The bodies of studies: what they create, tell, report, import and publish.
struct StudyRoutes {
  private static let targets = [
    ("POST", "/v1/studies"), ("PUT", "/v1/studies/s/baseline"),
    ("POST", "/v1/studies/s/trials/1:tell"), ("POST", "/v1/studies/s/trials/1:report"),
    ("POST", "/v1/studies/s/trials:import"), ("POST", "/v1/studies/s/trials:ask"),
    ("POST", "/v1/studies/s:publish"), ("PUT", "/v1/strategies/x"),
  ]

  private let studies: OfflineStudies

  /// A store of its own with one study that has a baseline and an open trial.
  init() {
    var configuration = ServiceConfiguration()
    configuration.store = "memory:"
    guard let studies = try? OfflineStudies(configuration, environment: [:]) else {
      FuzzHarness.require(false, "a store in memory opens")
      preconditionFailure("unreachable")
    }
    self.studies = studies
    let steps = [
      (
        "POST", "/v1/studies",
        #"{"name":"s","layers":28,"stage_layers":[9,18],"token_budget":0.25}"#
      ),
      ("PUT", "/v1/studies/s/baseline", #"{"last_token":[[1,0],[0,2],[3,3]]}"#),
      ("POST", "/v1/studies/s/trials:ask", #"{"client_id":"c"}"#),
    ]
    for (method, target, body) in steps {
      let answer = studies.answer(
        method, target, body: Array(body.utf8), mediaType: "application/json")
      FuzzHarness.require(answer.status / 100 == 2, "the study is made: \(answer)")
    }
  }

  /// Sends a body; what is refused changes nothing, and nothing is the server's fault.
  func test(_ body: [UInt8], isSafetensors: Bool, route: Int) {
    let (method, target) = Self.targets[route % Self.targets.count]
    let before = content
    let answer = studies.answer(
      method, target, body: body,
      mediaType: isSafetensors ? "application/vnd.safetensors" : "application/json")
    FuzzHarness.require(answer.status < 500, "no input is the server's fault: \(answer)")
    FuzzHarness.require(
      (try? JSONDocument.parse(TensorStorage(exactly: answer.body[...]).bytes)) != nil,
      "an answer is JSON: \(answer)")
    if answer.status / 100 != 2 {
      FuzzHarness.require(content == before, "what is refused changes nothing: \(answer)")
    }
  }

  /// All of the study, and what can be read of it by other routes.
  private var content: [[UInt8]] {
    ["/v1/studies", "/v1/studies/s:export", "/v1/studies/s/best", "/v1/strategies"].map { target in
      let answer = studies.answer("GET", target, body: [], mediaType: "")
      FuzzHarness.require(answer.status < 500, "\(target) can be read: \(answer)")
      return answer.body
    }
  }
}
