import PruningService
import Testing

@Suite struct ProblemTypeTests {
  @Test func `every type has a title and a slug of its own`() {
    #expect(Set(ProblemType.allCases.map(\.slug)).count == ProblemType.allCases.count)
    #expect(Set(ProblemType.allCases.map(\.title)).count == ProblemType.allCases.count)
    for type in ProblemType.allCases {
      #expect(type.slug.allSatisfy { $0.isLowercase || $0 == "-" })
      #expect(type.uri == "/problems/" + type.slug)
      #expect((400...599).contains(type.status))
    }
  }

  @Test(
    arguments: [
      ("malformed-message", 400), ("unsupported-version", 505),
      ("unsupported-transfer-coding", 501), ("malformed-body", 400), ("unauthorized", 401),
      ("forbidden", 403), ("not-found", 404), ("method-not-allowed", 405),
      ("not-acceptable", 406), ("unsupported-media-type", 415), ("request-timeout", 408),
      ("length-required", 411), ("content-too-large", 413), ("target-too-long", 414),
      ("fields-too-large", 431), ("expectation-failed", 417), ("shape-mismatch", 422),
      ("unsupported-dtype", 422), ("non-finite-value", 422), ("value-out-of-range", 422),
      ("budget-infeasible", 422), ("study-not-found", 404), ("trial-not-found", 404),
      ("study-immutable", 409), ("trial-already-complete", 409), ("rate-limited", 429),
      ("overloaded", 503), ("deadline-exceeded", 504), ("draining", 503), ("internal", 500),
      ("unsupported-method", 501), ("study-exists", 409), ("baseline-missing", 409),
      ("not-better-than-default", 409), ("strategy-immutable", 409), ("precondition-failed", 412),
      ("limit-reached", 409), ("store-unavailable", 503),
    ])
  func `has the status of the contract`(slug: String, status: Int) {
    #expect(ProblemType(rawValue: slug)?.status == status)
  }
}
