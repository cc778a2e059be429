import PruningService
import TestSupport

/// Studies, trials and stored strategies.
///
/// Each row stands alone: it makes the study that it is unkind to, and deletes it.
enum StudyRows {
  static let all = definitions + outcomes + closed + strategies

  private static let path = "/v1/studies"
  private static let definition =
    #"{"name":"hostile","layers":28,"stage_layers":[9,18],"token_budget":0.25}"#
  private static let baseline = #"{"last_token":[[1,0],[0,1]]}"#

  /// A body for a route of studies.
  private static func study(
    _ rule: String, _ members: String, _ answer: HostileRow.Answer
  ) -> HostileRow {
    .json(rule, path, members, answer)
  }

  /// A study with a baseline, then a body for one of its routes; the first answers are not judged.
  private static func within(
    _ rule: String, _ route: String, _ body: String, _ answer: HostileRow.Answer,
    after before: String = "/trials:ask"
  ) -> HostileRow {
    let name = "row-\(rule.utf8.reduce(into: UInt64(5381)) { $0 = $0 &* 33 &+ UInt64($1) })"
    let place = "\(path)/\(name)"
    return HostileRow(
      rule: rule, shown: "a study with a baseline [2,2]; \(route) \(body)",
      bytes: {
        Wire.post(path, "application/json", Array(definition.replacing("hostile", with: name).utf8))
          + Wire.send(
            "PUT \(place)/baseline", "application/json", Array(baseline.utf8))
          + Wire.post(place + before, "application/json", Array("{}".utf8))
          + Wire.post(place + route, "application/json", Array(body.utf8))
          + Array(Wire.head("DELETE \(place)", []).utf8)
      }, answers: [.status(201), .success, .success, answer, .status(204)])
  }

  private static let definitions: [HostileRow] = [
    study("a study without a name", "{}", .problem(.valueOutOfRange, "/name")),
    study(
      "a study whose name is a path",
      #"{"name":"../x","layers":28,"stage_layers":[9],"token_budget":0.5}"#,
      .problem(.valueOutOfRange, "/name")),
    study(
      "a study with stages that descend",
      #"{"name":"x","layers":28,"stage_layers":[18,9],"token_budget":0.5}"#,
      .problem(.valueOutOfRange, "/stage_layers/1")),
    study(
      "a study with a budget above 1",
      #"{"name":"x","layers":28,"stage_layers":[9],"token_budget":1.5}"#,
      .problem(.valueOutOfRange, "/token_budget")),
    study(
      "a study whose bounds cannot meet its budget",
      #"{"name":"x","layers":28,"stage_layers":[9],"token_budget":0.5,"#
        + #""parameters":{"retain_ratio_0":{"lower":0.1,"upper":0.2}}}"#,
      .problem(.budgetInfeasible, "/token_budget")),
    study(
      "a study with a parameter that there is not",
      #"{"name":"x","layers":28,"stage_layers":[9],"token_budget":0.5,"#
        + #""parameters":{"retain_ratio_7":{"lower":0.1,"upper":0.2}}}"#,
      .problem(.valueOutOfRange, "/parameters/retain_ratio_7")),
    .get("a study that does not exist", "GET \(path)/none", [], .problem(.studyNotFound)),
    .get(
      "a study whose name is hostile", "GET \(path)/%2e%2e", [], .problem(.notFound)),
    .get(
      "an export in another format", "GET \(path)/x:export?format=../../etc/passwd", [],
      .problem(.valueOutOfRange)),
  ]

  private static let outcomes: [HostileRow] = [
    within(
      "vectors of the wrong length", "/trials/1:tell", #"{"last_token":[[1,0,0],[0,1,0]]}"#,
      .problem(.shapeMismatch, "/last_token")),
    within(
      "vectors for the wrong number of rows", "/trials/1:tell", #"{"last_token":[[1,0]]}"#,
      .problem(.shapeMismatch, "/last_token")),
    within(
      "vectors of integers", "/trials/1:tell",
      #"{"last_token":{"dtype":"I32","shape":[2,2],"data":[1,0,0,1]}}"#,
      .problem(.unsupportedDType, "/last_token")),
    within(
      "a vector with a NaN counts as nothing", "/trials/1:tell",
      #"{"last_token":{"dtype":"F32","shape":[2,2],"base64":"AADAfwAAAAAAAAAAAACAPw=="}}"#,
      .success),
    within(
      "an outcome that is NaN", "/trials/1:tell", #"{"value":NaN}"#,
      .problem(.malformedBody, "/value")),
    within(
      "an outcome beyond binary64", "/trials/1:tell", #"{"value":1e400}"#,
      .problem(.malformedBody, "/value")),
    within("an outcome without an outcome", "/trials/1:tell", "{}", .problem(.valueOutOfRange, "")),
    within(
      "an outcome in two ways", "/trials/1:tell", #"{"value":1,"values":[1,1]}"#,
      .problem(.valueOutOfRange, "")),
    within("an unknown trial", "/trials/99:tell", #"{"value":1}"#, .problem(.trialNotFound)),
    within(
      "a trial that is no number", "/trials/-1:tell", #"{"value":1}"#, .problem(.trialNotFound)),
    within(
      "a report of a row that there is not", "/trials/1:report", #"{"values":[1],"rows":[2]}"#,
      .problem(.valueOutOfRange, "/rows/0")),
    within(
      "a negative number of trials", "/trials:ask", #"{"count":-1}"#,
      .problem(.valueOutOfRange, "/count")),
    within(
      "a lease of a thousand years", "/trials:ask", #"{"lease_seconds":3e10}"#,
      .problem(.valueOutOfRange, "/lease_seconds")),
    within(
      "publishing what was never measured", ":publish", #"{"name":"x"}"#,
      .problem(.trialNotFound)),
    within(
      "reporting what is unknown", "/trials/1:report", #"{"colour":1}"#,
      .problem(.valueOutOfRange, "")),
  ]

  private static let closed: [HostileRow] = [
    within(
      "a completed study hands out nothing", "/trials:ask", "{}", .problem(.studyImmutable),
      after: ":complete"),
    within(
      "a completed study still takes outcomes", "/trials/1:tell", #"{"value":1}"#, .success,
      after: ":complete"),
    within(
      "a trial that nobody holds may be told", "/trials/1:tell", #"{"value":1}"#, .success,
      after: "/trials/1:abandon"),
    within(
      "a trial without an outcome has none that was reported", "/trials/1:tell",
      #"{"reported":true}"#, .problem(.shapeMismatch, "/rows")),
  ]

  private static let strategies: [HostileRow] = [
    .get(
      "a built-in strategy cannot be deleted", "DELETE /v1/strategies/llava-onevision-7b@0.25", [],
      .problem(.strategyImmutable)),
    .get(
      "a precondition that is no tag", "DELETE /v1/strategies/x", ["If-Match: x"],
      .problem(.malformedMessage)),
    .get(
      "a strategy that does not exist is not promoted", "POST /v1/strategies/x@1:promote", [],
      .problem(.notFound)),
    HostileRow(
      rule: "a strategy that cannot prune is not stored", shown: "PUT /v1/strategies/x {…}",
      bytes: {
        Wire.send(
          "PUT /v1/strategies/x", "application/json",
          Array(#"{"strategy":{"stages":[{"layer":1,"retain_ratio":0.5}]}}"#.utf8))
      }, answers: [.problem(.valueOutOfRange, "/strategy/stages/0/layer")]),
  ]
}
