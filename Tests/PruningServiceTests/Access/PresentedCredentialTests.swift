import HTTPEngine
import Testing

@testable import PruningService

@Suite struct PresentedCredentialTests {
  private func credential(_ fields: [(String, String)]) -> PresentedCredential {
    var head: HeaderFields = [:]
    for (name, value) in fields { head.append(name, value) }
    return PresentedCredential(head)
  }

  @Test(
    arguments: [
      ([], PresentedCredential.none), ([("X-Api-Key", "k")], .key("k")),
      ([("Authorization", "Bearer k")], .key("k")), ([("authorization", "bEARER  k")], .key("k")),
      ([("Authorization", "Bearer k"), ("X-Api-Key", "k")], .key("k")),
      ([("X-Api-Key", "k"), ("X-Api-Key", "k")], .key("k")),
      ([("Authorization", "Basic dTpw")], .unknownScheme),
      ([("Authorization", "Bearer")], .unknownScheme),
      ([("Authorization", "Bearer ")], .unknownScheme),
      ([("Authorization", "Bearer a b")], .unknownScheme),
      ([("Authorization", "")], .unknownScheme),
      ([("Authorization", "Basic dTpw"), ("X-Api-Key", "k")], .conflicting),
      ([("Authorization", "Bearer j"), ("X-Api-Key", "k")], .conflicting),
      ([("X-Api-Key", "j"), ("X-Api-Key", "k")], .conflicting),
      ([("Authorization", "Bearer j"), ("Authorization", "Bearer k")], .conflicting),
      ([("X-Api-Key", "k"), ("X-Api-Key", "")], .conflicting), ([("X-Api-Key", "")], .key("")),
    ] as [([(String, String)], PresentedCredential)])
  func `what a head offers is one key, none or a refusal`(
    fields: [(String, String)], expected: PresentedCredential
  ) {
    #expect(credential(fields) == expected)
  }
}
