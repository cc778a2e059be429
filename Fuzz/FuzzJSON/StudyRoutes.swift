import FuzzHarness
import PruningService
import TensorCoding
import Tensors

/// The bodies of studies: what they create, tell, report, import and publish.
///
/// One store in memory serves all inputs. When an input has changed it, it is put back to one study
/// with a baseline and an open trial, so that every input meets the same, and most cost little more
/// than their own request.
final class StudyRoutes {
  private static let targets = [
    ("POST", "/v1/studies"), ("PUT", "/v1/studies/s/baseline"),
    ("POST", "/v1/studies/s/trials/1:tell"), ("POST", "/v1/studies/s/trials/1:report"),
    ("POST", "/v1/studies/s/trials:import"), ("POST", "/v1/studies/s/trials:ask"),
    ("POST", "/v1/studies/s:publish"), ("PUT", "/v1/strategies/x"),
  ]
  private static let read = ["/v1/studies", "/v1/studies/s:export", "/v1/strategies"]

  private var studies = StudyRoutes.open()
  /// What there is before an input.
  private var content: [[UInt8]] = []

  /// A store in memory with one study that has a baseline and an open trial.
  private static func open() -> OfflineStudies {
    var configuration = ServiceConfiguration()
    configuration.store = "memory:"
    guard let studies = try? OfflineStudies(configuration, environment: [:]) else {
      FuzzHarness.require(false, "a store in memory opens")
      preconditionFailure("unreachable")
    }
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
    return studies
  }

  /// Sends a body; what is refused changes nothing, and nothing is the server's fault.
  func test(_ body: [UInt8], isSafetensors: Bool, route: Int) {
    let (method, target) = Self.targets[route % Self.targets.count]
    let before = content.isEmpty ? readAll() : content
    let answer = studies.answer(
      method, target, body: body,
      mediaType: isSafetensors ? "application/vnd.safetensors" : "application/json")
    FuzzHarness.require(answer.status < 500, "no input is the server's fault: \(answer)")
    FuzzHarness.require(
      (try? JSONDocument.parse(TensorStorage(exactly: answer.body[...]).bytes)) != nil,
      "an answer is JSON: \(answer)")
    let after = readAll()
    if answer.status / 100 != 2 {
      FuzzHarness.require(after == before, "what is refused changes nothing: \(answer)")
      content = after
      return
    }
    testAgain(method, target, body, isSafetensors)
    studies = Self.open()
    content = []
  }

  /// What was taken can be read, and taking it again is no fault of the server's.
  private func testAgain(
    _ method: String, _ target: String, _ body: [UInt8], _ isSafetensors: Bool
  ) {
    for target in ["/v1/studies/s/best", "/v1/studies/s/history", "/v1/studies/s/trials/1"] {
      FuzzHarness.require(get(target).status < 500, "\(target) can be read")
    }
    let answer = studies.answer(
      method, target, body: body,
      mediaType: isSafetensors ? "application/vnd.safetensors" : "application/json")
    FuzzHarness.require(answer.status < 500, "nor is the second time: \(answer)")
  }

  private func get(_ target: String) -> OfflineStudies.Answer {
    studies.answer("GET", target, body: [], mediaType: "")
  }

  /// All of the studies and strategies.
  private func readAll() -> [[UInt8]] {
    Self.read.map { target in
      let answer = get(target)
      FuzzHarness.require(answer.status == 200, "\(target) can be read: \(answer)")
      return answer.body
    }
  }
}
