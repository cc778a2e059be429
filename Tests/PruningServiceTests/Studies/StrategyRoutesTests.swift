import Foundation
import HTTPEngine
import Testing

@testable import PruningService

@Suite struct StrategyRoutesTests {
  private static func strategy(_ ratio: Double) -> String {
    #"{"strategy":{"recycling":"none","stages":[{"layer":0,"retain_ratio":\#(ratio)}]}}"#
  }

  /// The rows that a plan by name counts at most.
  private func count(_ desk: StudyDesk, _ name: String = "mine") async throws -> Int {
    let plan = await desk.post(
      "/v1/plan", #"{"strategy":"\#(name)","items":[{"input_tokens":100}]}"#)
    return try #require(plan.list("items").first?["count_max"] as? Int)
  }

  @Test func `each write makes a version, and the bare name follows`() async throws {
    let desk = try StudyDesk()
    let first = await desk.put("/v1/strategies/mine", Self.strategy(0.5))
    #expect(first.status == 201)
    #expect(first["name"] as? String == "mine@1")
    #expect(first["version"] as? String == "1")
    #expect(first["promoted"] as? Bool == true)
    #expect(first.response.fields["location"] == "/v1/strategies/mine@1")
    let (half, second) = (
      try await count(desk), await desk.put("/v1/strategies/mine", Self.strategy(0.25))
    )
    #expect(second.status == 200)
    #expect(second["name"] as? String == "mine@2")
    #expect(try await count(desk) < half)
    #expect(try await count(desk, "mine@1") == half)
  }

  @Test func `a strategy may also be the whole body`() async throws {
    let desk = try StudyDesk()
    let put = await desk.put(
      "/v1/strategies/mine", #"{"stages":[{"layer":0,"retain_ratio":0.5}]}"#)
    #expect(put.status == 201, "\(put.response.text)")
  }

  @Test func `promotion and rollback move the bare name`() async throws {
    let desk = try StudyDesk()
    _ = await desk.put("/v1/strategies/mine", Self.strategy(0.5))
    let half = try await count(desk)
    let next = await desk.put("/v1/strategies/mine@next", Self.strategy(0.25))
    #expect(next.status == 201)
    #expect(next["promoted"] as? Bool == false)
    #expect(try await count(desk) == half)
    let promoted = await desk.post("/v1/strategies/mine@next:promote", "")
    #expect(promoted["promoted"] as? Bool == true)
    #expect(try await count(desk) < half)
    let back = await desk.post("/v1/strategies/mine:rollback", "")
    #expect(back["version"] as? String == "1")
    #expect(try await count(desk) == half)
    let nowhere = await desk.post("/v1/strategies/mine:rollback", "")
    #expect(nowhere.response.isProblem(.strategyImmutable))
  }

  @Test func `a writer who saw another version is stopped`() async throws {
    let desk = try StudyDesk()
    let absent = await desk.put(
      "/v1/strategies/mine", Self.strategy(0.5), ["If-None-Match": "*"])
    let tag = try #require(absent.response.fields["etag"])
    #expect(absent.status == 201)
    let taken = await desk.put(
      "/v1/strategies/mine", Self.strategy(0.25), ["If-None-Match": "*"])
    #expect(taken.response.isProblem(.preconditionFailed))
    let shown = await desk.get("/v1/strategies/mine")
    #expect(shown.response.fields["etag"] == tag)
    #expect(shown["name"] as? String == "mine@1")
    let changed = await desk.put("/v1/strategies/mine", Self.strategy(0.25), ["If-Match": tag])
    #expect(changed.status == 200)
    let late = await desk.put("/v1/strategies/mine", Self.strategy(0.3), ["If-Match": tag])
    #expect(late.response.isProblem(.preconditionFailed))
    #expect(
      await desk.delete("/v1/strategies/mine", ["If-Match": tag]).response
        .isProblem(.preconditionFailed))
    let current = try #require(changed.response.fields["etag"])
    #expect(await desk.delete("/v1/strategies/mine", ["If-Match": current]).status == 204)
    #expect(await desk.get("/v1/strategies/mine").response.isProblem(.notFound))
  }

  @Test(arguments: ["llava-onevision-7b@0.25", "llava-onevision-7b", "llava-onevision-7b@mine"])
  func `strategies that come with the service cannot be written`(name: String) async throws {
    let desk = try StudyDesk()
    for answer in [
      await desk.put("/v1/strategies/\(name)", Self.strategy(0.5)),
      await desk.delete("/v1/strategies/\(name)"),
    ] {
      #expect(answer.response.isProblem(.strategyImmutable))
    }
  }

  @Test func `a version never changes`() async throws {
    let desk = try StudyDesk()
    #expect(await desk.put("/v1/strategies/mine@a", Self.strategy(0.5)).status == 201)
    #expect(await desk.put("/v1/strategies/mine@a", Self.strategy(0.5)).status == 200)
    let other = await desk.put("/v1/strategies/mine@a", Self.strategy(0.25))
    #expect(other.response.isProblem(.strategyImmutable))
  }

  @Test func `the list has the built-in strategies first, then the stored ones`() async throws {
    let desk = try StudyDesk()
    let before = await desk.get("/v1/strategies")
    _ = await desk.put("/v1/strategies/mine", Self.strategy(0.5))
    let after = await desk.get("/v1/strategies")
    #expect(after.list("strategies").count == before.list("strategies").count + 1)
    #expect(after.list("strategies").last?["name"] as? String == "mine@1")
    #expect(after.list("strategies").last?["read_only"] as? Bool == false)
    #expect(before.response.fields["etag"] != after.response.fields["etag"])
  }

  @Test(arguments: ["a b", "mine@", "none"])
  func `an impossible name is nobody's`(name: String) async throws {
    let desk = try StudyDesk()
    let target = "/v1/strategies/\(name.replacing(" ", with: "%20"))"
    #expect(await desk.get(target).response.isProblem(.notFound))
    #expect(await desk.delete(target).response.isProblem(.notFound))
    guard name != "none" else { return }
    let put = await desk.put(target, Self.strategy(0.5))
    #expect(put.response.isProblem(.valueOutOfRange))
  }

  @Test func `a wrong strategy is told at its field`() async throws {
    let desk = try StudyDesk()
    let put = await desk.put("/v1/strategies/mine", Self.strategy(1.5))
    #expect(put.response.isProblem(.valueOutOfRange))
    let errors = put.list("errors")
    #expect(errors.first?["pointer"] as? String == "/strategy/stages/0/retain_ratio")
    #expect(await desk.put("/v1/strategies/mine", "{}").response.isProblem(.valueOutOfRange))
  }
}
