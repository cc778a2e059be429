import Foundation
import HTTPEngine
import TestSupport
import Testing

@testable import PruningService

/// A service with one study, and the few words in which tests talk to it.
struct StudyDesk {
  /// An answer, taken apart.
  struct Answer {
    let response: Response
    let document: [String: Any]

    var status: Int { Int(response.status.rawValue) }

    subscript(key: String) -> Any? { document[key] }

    /// The elements of a list.
    func list(_ key: String) -> [[String: Any]] { document[key] as? [[String: Any]] ?? [] }
  }

  static let definition =
    #"{"name":"s","layers":28,"stage_layers":[9,18],"token_budget":0.25,"seed":7}"#
  /// Four samples of which pruning may turn each by an angle of its own.
  static let baseline = #"{"last_token":[[1,0],[0,2],[3,3],[1,-1]]}"#

  let harness: RouteHarness

  init(_ configure: (inout ServiceConfiguration) -> Void = { _ in }) throws {
    harness = try RouteHarness(configure)
  }

  /// A service with a study and its baseline.
  static func withStudy() async throws -> StudyDesk {
    let desk = try StudyDesk()
    let created = await desk.post("/v1/studies", definition)
    #expect(created.status == 201)
    let told = await desk.put("/v1/studies/s/baseline", baseline)
    #expect(told.status == 200)
    return desk
  }

  func post(_ target: String, _ text: String, _ fields: HeaderFields = [:]) async -> Answer {
    await send(.post, target, text, fields)
  }

  func put(_ target: String, _ text: String, _ fields: HeaderFields = [:]) async -> Answer {
    await send(.put, target, text, fields)
  }

  func get(_ target: String, _ fields: HeaderFields = [:]) async -> Answer {
    await send(.get, target, "", fields)
  }

  func delete(_ target: String, _ fields: HeaderFields = [:]) async -> Answer {
    await send(.delete, target, "", fields)
  }

  /// Tells a trial vectors that are turned by so much; 0 is the baseline itself.
  func tell(_ trial: Int, turnedBy angle: Double) async -> Answer {
    let rows = [(1.0, 0.0), (0, 2), (3, 3), (1, -1)].enumerated().map { index, row in
      // Not all samples alike, or there would be no error to speak of.
      let angle = angle * (1 + 0.1 * Double(index))
      let (sine, cosine) = (sin(angle), cos(angle))
      return "[\(row.0 * cosine - row.1 * sine),\(row.0 * sine + row.1 * cosine)]"
    }
    return await post(
      "/v1/studies/s/trials/\(trial):tell",
      "{\"last_token\":[\(rows.joined(separator: ","))]}")
  }

  /// Asks for one trial and answers its number.
  func ask() async throws -> Int {
    let answer = await post("/v1/studies/s/trials:ask", #"{"count":1}"#)
    return try #require(answer.list("trials").first?["id"] as? Int)
  }

  private func send(
    _ method: Method, _ target: String, _ text: String, _ fields: HeaderFields
  ) async -> Answer {
    var fields = fields
    if !text.isEmpty { fields.append("Content-Type", "application/json") }
    let response = await harness.send(method, target, fields, body: Array(text.utf8))
    let object = try? JSONSerialization.jsonObject(with: Data(response.text.utf8))
    return Answer(response: response, document: object as? [String: Any] ?? [:])
  }
}
