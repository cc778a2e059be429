import Foundation
import HTTPEngine
import TestSupport
import Testing

@testable import PruningService

@Suite struct StudyRoutesTests {
  @Test func `trials are listed page by page`() async throws {
    let desk = try await StudyDesk.withStudy()
    _ = await desk.post("/v1/studies/s/trials:ask", #"{"count":5}"#)
    var ids: [Int] = []
    var target: String? = "/v1/studies/s/trials?limit=2"
    while let page = target {
      let answer = await desk.get(page)
      #expect(answer.status == 200)
      ids += answer.list("trials").compactMap { $0["id"] as? Int }
      target = (answer["next_page_token"] as? String)
        .map { "/v1/studies/s/trials?limit=2&page_token=\($0)" }
    }
    #expect(ids == [1, 2, 3, 4, 5])
    #expect(await desk.get("/v1/studies/s/trials?limit=5")["next_page_token"] == nil)
    #expect(await desk.get("/v1/studies/s/trials").list("trials").count == 5)
  }

  @Test(
    arguments: [
      "limit=0", "limit=1001", "limit=x", "limit=01", "limit=+1", "limit=1&limit=2", "limit",
      "page_token=", "page_token=-1", "page_token=x", "colour=1", "limit=99999999999999999999",
    ])
  func `a page that nobody can mean is refused`(query: String) async throws {
    let desk = try await StudyDesk.withStudy()
    let answer = await desk.get("/v1/studies/s/trials?\(query)")
    #expect(answer.response.isProblem(.valueOutOfRange))
  }

  @Test func `a study finds, publishes and serves a strategy`() async throws {
    let desk = try await StudyDesk.withStudy()
    // The first trial is the default strategy; the second turns the vectors less.
    let first = try await desk.ask()
    #expect(first == 1)
    #expect(await desk.tell(first, turnedBy: 0.8).status == 200)
    let second = try await desk.ask()
    let told = await desk.tell(second, turnedBy: 0.1)
    #expect(told["state"] as? String == "succeeded")
    #expect(told["rows"] as? Int == 4)

    let best = await desk.get("/v1/studies/s/best")
    #expect(best["id"] as? Int == second)
    #expect(best["is_default"] as? Bool == false)
    let advantage = try #require(best["advantage"] as? [String: Any])
    #expect((advantage["mean"] as? Double ?? 0) > 0.2)
    #expect((advantage["probability"] as? Double ?? 0) > 0.95)
    #expect(best["standard_error"] as? Double != nil)

    let published = await desk.post("/v1/studies/s:publish", #"{"name":"mine"}"#)
    #expect(published.status == 201)
    #expect(published.response.fields["location"] == "/v1/strategies/mine@1")
    let provenance = try #require(published["provenance"] as? [String: Any])
    #expect(provenance["study"] as? String == "s")
    #expect(provenance["seed"] as? Int == 7)
    #expect(provenance["data_digest"] as? String != nil)

    for name in ["mine", "mine@1"] {
      let plan = await desk.post(
        "/v1/plan", #"{"strategy":"\#(name)","items":[{"input_tokens":576}]}"#)
      #expect(plan.status == 200, "\(name)")
    }
    let pruned = await desk.post("/v1/prune", Self.prune(with: "\"mine\""))
    #expect(pruned.status == 200)
    let strategy = try #require(pruned["strategy"] as? [String: Any])
    #expect(strategy as NSDictionary == best["strategy"] as? NSDictionary)
  }

  /// Sixteen tokens with all that any strategy may ask for.
  private static func prune(with strategy: String) -> String {
    let numbers = ServiceRequests.importance.map { "\($0)" }.joined(separator: ",")
    let tensor = "{\"dtype\":\"F32\",\"shape\":[1,16],\"data\":[\(numbers)]}"
    return "{\"strategy\":\(strategy),\"received_attention\":\(tensor),\"entropy\":\(tensor)}"
  }

  @Test func `a study is made once, read, listed and deleted`() async throws {
    let desk = try await StudyDesk.withStudy()
    let study = await desk.get("/v1/studies/s")
    #expect(study["id"] as? String == "s")
    #expect(study["state"] as? String == "active")
    #expect(study["stage_layers"] as? [Int] == [9, 18])
    #expect((study["baseline"] as? [String: Any])?["hidden"] as? Int == 2)
    let parameters = try #require(study["parameters"] as? [String: [String: Any]])
    #expect(parameters["retain_ratio_0"]?["lower"] as? Double == 0.25)
    #expect(parameters["retain_ratio_0"]?["upper"] as? Double == 0.375)
    #expect(parameters["retain_ratio_2"]?["tied"] as? Bool == true)
    let list = await desk.get("/v1/studies")
    #expect(list.list("studies").map { $0["id"] as? String } == ["s"])

    let again = await desk.post("/v1/studies", StudyDesk.definition)
    #expect(again.response.isProblem(.studyExists))
    let gone = await desk.delete("/v1/studies/s")
    #expect(gone.status == 204)
    #expect(gone.response.text.isEmpty)
    #expect(await desk.get("/v1/studies/s").response.isProblem(.studyNotFound))
    #expect(await desk.delete("/v1/studies/s").response.isProblem(.studyNotFound))
  }

  @Test func `creating tells where the study is`() async throws {
    let desk = try StudyDesk()
    let created = await desk.post("/v1/studies", StudyDesk.definition)
    #expect(created.status == 201)
    #expect(created.response.fields["location"] == "/v1/studies/s")
    #expect(created["trial_count"] as? Int == 1)
    #expect(created["created_at"] as? String != nil)
  }

  @Test func `a client gets its open trials back, another gets others`() async throws {
    let desk = try await StudyDesk.withStudy()
    let body = #"{"count":3,"client_id":"a","lease_seconds":3600}"#
    let first = await desk.post("/v1/studies/s/trials:ask", body).list("trials")
    let again = await desk.post("/v1/studies/s/trials:ask", body).list("trials")
    #expect(first.count == 3)
    #expect(first.map { $0["id"] as? Int } == again.map { $0["id"] as? Int })
    #expect(first.allSatisfy { $0["client_id"] as? String == "a" })
    let other = await desk.post("/v1/studies/s/trials:ask", #"{"client_id":"b"}"#).list("trials")
    #expect(other.map { $0["id"] as? Int } == [4])
    for trial in first {
      let strategy = try #require(trial["strategy"] as? [String: Any])
      let stages = try #require(strategy["stages"] as? [[String: Any]])
      #expect(stages.count == 3)
      #expect(stages.allSatisfy { $0["retain_ratio"] as? Double != nil })
    }
  }

  @Test func `asking needs no body`() async throws {
    let desk = try await StudyDesk.withStudy()
    let answer = await desk.post("/v1/studies/s/trials:ask", "")
    #expect(answer.status == 200)
    #expect(answer.list("trials").count == 1)
  }

  @Test func `a second tell is the same or a conflict`() async throws {
    let desk = try await StudyDesk.withStudy()
    let trial = try await desk.ask()
    let first = await desk.tell(trial, turnedBy: 0.3)
    let second = await desk.tell(trial, turnedBy: 0.3)
    #expect(second.status == 200)
    #expect(first.document as NSDictionary == second.document as NSDictionary)
    let conflict = await desk.tell(trial, turnedBy: 0.4)
    #expect(conflict.response.isProblem(.trialAlreadyComplete))
    #expect(conflict["state"] as? String == "succeeded")
  }

  @Test(
    arguments: [
      (#"{"value":0.5}"#, "succeeded"), (#"{"value":0.5,"standard_error":0.01}"#, "succeeded"),
      (#"{"values":[1,0.5,null,0.25]}"#, "succeeded"),
      (#"{"infeasible":true,"reason":"out of memory"}"#, "infeasible"),
    ])
  func `an outcome can be told in several ways`(body: String, state: String) async throws {
    let desk = try await StudyDesk.withStudy()
    let trial = try await desk.ask()
    let told = await desk.post("/v1/studies/s/trials/\(trial):tell", body)
    #expect(told.status == 200, "\(told.response.text)")
    #expect(told["state"] as? String == state)
  }

  @Test func `what is not finite counts as nothing and is counted`() async throws {
    let desk = try await StudyDesk.withStudy()
    let trial = try await desk.ask()
    let told = await desk.post(
      "/v1/studies/s/trials/\(trial):tell", #"{"values":[1,1,null,1]}"#)
    #expect(told["value"] as? Double == 0.75)
    #expect(told["non_finite"] as? Int == 1)
    let shown = await desk.get("/v1/studies/s/trials/\(trial)")
    #expect(shown["values"] as? [Double] == [1, 1, 0, 1])
    #expect(shown["non_finite_rows"] as? [Int] == [2])
  }

  @Test func `a trial that was given back goes to the next client`() async throws {
    let desk = try await StudyDesk.withStudy()
    let trial = try await desk.ask()
    let back = await desk.post("/v1/studies/s/trials/\(trial):abandon", "")
    #expect(back["state"] as? String == "requested")
    #expect(try await desk.ask() == trial)
  }

  @Test func `partial reports add up to an outcome`() async throws {
    let desk = try await StudyDesk.withStudy()
    let trial = try await desk.ask()
    let target = "/v1/studies/s/trials/\(trial)"
    let half = await desk.post("\(target):report", #"{"values":[0.5,0.6],"rows":[0,1]}"#)
    #expect(half.status == 200, "\(half.response.text)")
    #expect(half["should_stop"] as? Bool == false)
    #expect(half["rows"] as? Int == 2)
    let early = await desk.post("\(target):tell", #"{"reported":true}"#)
    #expect(early.response.isProblem(.shapeMismatch))
    _ = await desk.post("\(target):report", #"{"values":[0.7,0.8],"rows":[2,3]}"#)
    let whole = await desk.post("\(target):tell", #"{"reported":true}"#)
    #expect(whole["state"] as? String == "succeeded")
    #expect(abs((whole["value"] as? Double ?? 0) - 0.65) < 1e-12)
  }

  @Test func `trials that were measured elsewhere are taken over`() async throws {
    let desk = try await StudyDesk.withStudy()
    let study = await desk.get("/v1/studies/s")
    let strategy = try JSONSerialization.data(
      withJSONObject: try #require(study["default_strategy"]))
    let body = """
      {"trials":[{"strategy":\(String(decoding: strategy, as: UTF8.self)),"value":0.75}]}
      """
    let imported = await desk.post("/v1/studies/s/trials:import", body)
    #expect(imported.status == 200, "\(imported.response.text)")
    #expect(imported.list("trials").first?["origin"] as? String == "imported")
    #expect(await desk.get("/v1/studies/s/best")["value"] as? Double == 0.75)
  }

  @Test func `history, importances and pareto say what was found`() async throws {
    let desk = try await StudyDesk.withStudy()
    for angle in [0.5, 0.9, 0.2] { _ = await desk.tell(try await desk.ask(), turnedBy: angle) }
    let history = await desk.get("/v1/studies/s/history").list("history")
    #expect(history.map { $0["best_id"] as? Int } == [1, 1, 3])
    let importances = await desk.get("/v1/studies/s/importances").list("importances")
    let sum = importances.reduce(0) { $0 + ($1["importance"] as? Double ?? 0) }
    #expect(importances.count == 5)
    #expect(abs(sum - 1) < 1e-9 || sum == 0)
    let points = await desk.get("/v1/studies/s/pareto").list("points")
    #expect(points.count == 1)
    #expect(points.first?["optimal"] as? Bool == true)
    #expect(points.first?["token_budget"] as? Double == 0.25)
    let trials = await desk.get("/v1/studies/s/trials").list("trials")
    #expect(trials.map { $0["id"] as? Int } == [1, 2, 3])
  }

  @Test func `an export is a document or a table`() async throws {
    let desk = try await StudyDesk.withStudy()
    _ = await desk.tell(try await desk.ask(), turnedBy: 0.5)
    let document = await desk.get("/v1/studies/s:export")
    #expect((document.list("trials").first?["values"] as? [Double])?.count == 4)
    for table in [
      await desk.get("/v1/studies/s:export?format=csv"),
      await desk.get("/v1/studies/s:export", ["Accept": "text/csv"]),
    ] {
      #expect(table.response.fields["content-type"] == "text/csv; charset=utf-8; header=present")
      let lines = table.response.text.split(separator: "\r\n")
      #expect(lines.count == 2)
      #expect(lines.first?.hasPrefix("trial,state,origin,value") == true)
    }
    let wrong = await desk.get("/v1/studies/s:export?format=xml")
    #expect(wrong.response.isProblem(.valueOutOfRange))
  }

  @Test func `a completed study takes outcomes, but hands out nothing`() async throws {
    let desk = try await StudyDesk.withStudy()
    let trial = try await desk.ask()
    let done = await desk.post("/v1/studies/s:complete", "")
    #expect(done["state"] as? String == "completed")
    let refused = await desk.post("/v1/studies/s/trials:ask", "{}")
    #expect(refused.response.isProblem(.studyImmutable))
    #expect(refused["state"] as? String == "completed")
    #expect(await desk.tell(trial, turnedBy: 0.5).status == 200)
  }

  @Test func `a best that is not better is published only by force`() async throws {
    let desk = try await StudyDesk.withStudy()
    let nothing = await desk.post("/v1/studies/s:publish", #"{"name":"mine"}"#)
    #expect(nothing.response.isProblem(.trialNotFound))
    _ = await desk.tell(try await desk.ask(), turnedBy: 0.1)
    _ = await desk.tell(try await desk.ask(), turnedBy: 0.5)
    let refused = await desk.post("/v1/studies/s:publish", #"{"name":"mine"}"#)
    #expect(refused.response.isProblem(.notBetterThanDefault))
    let forced = await desk.post("/v1/studies/s:publish", #"{"name":"mine","force":true}"#)
    #expect(forced.status == 201)
    #expect((forced["provenance"] as? [String: Any])?["forced"] as? Bool == true)
  }

  @Test func `a safetensors body carries vectors`() async throws {
    let desk = try await StudyDesk.withStudy()
    let trial = try await desk.ask()
    let vectors: [Float] = [1, 0, 0, 2, 3, 3, 1, -1]
    let body = ServiceRequests.safetensors(
      header: #"{"last_token":{"dtype":"F32","shape":[4,2],"data_offsets":[0,32]}}"#,
      data: vectors.flatMap { value in (0..<4).map { UInt8(value.bitPattern >> ($0 * 8) & 255) } })
    let told = await desk.harness.send(
      .post, "/v1/studies/s/trials/\(trial):tell",
      ["Content-Type": "application/vnd.safetensors", "Accept": "application/json"], body: body)
    #expect(told.status == .ok, "\(told.text)")
    #expect(told.text.contains("\"value\":1"))
  }

  @Test func `calibration is counted`() async throws {
    let desk = try await StudyDesk.withStudy()
    _ = await desk.tell(try await desk.ask(), turnedBy: 0.1)
    let text = await desk.harness.send(.get, "/metrics").text
    for line in [
      #"vflowopt_studies_total{change="created"} 1"#,
      #"vflowopt_trials_total{event="handed_out"} 1"#,
      #"vflowopt_trials_total{event="succeeded"} 1"#, "vflowopt_ask_duration_seconds_count 1",
      #"vflowopt_store_errors_total{reason="unavailable"} 0"#, "vflowopt_calibration_queue_depth 0",
    ] {
      #expect(text.contains(line + "\n"), "\(line)")
    }
  }
}
