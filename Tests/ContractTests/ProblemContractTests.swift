import Testing

@testable import PruningService

@Suite struct ProblemContractTests {
  @Test func `the schema lists exactly the problem types of the service`() throws {
    let schema = try ContractFiles.section("components", "schemas", "Problem")
    let uris = schema.compactMap { $0.firstMatch(of: /^ +- (\/problems\/[a-z-]+)$/)?.1 }
    #expect(uris.map(String.init) == ProblemType.allCases.map(\.uri))
  }

  @Test(arguments: ProblemType.allCases)
  func `a problem type has a page with its status, its title and an example`(
    type: ProblemType
  ) throws {
    let page = try ContractFiles.text("docs/problems/\(type.slug).md")
    #expect(page.hasPrefix("# \(type.slug)\n\n\(type.status) · \(type.title)\n"))
    #expect(page.contains("## How to fix it"))
    #expect(page.contains("\"type\": \"\(type.uri)\",\n  \"title\": \"\(type.title)\","))
    #expect(page.contains("\"status\": \(type.status),"))
    let index = try ContractFiles.text("docs/problems/README.md")
    #expect(index.contains("| [\(type.slug)](\(type.slug).md) | \(type.status) | \(type.title) |"))
  }

  @Test func `every problem type is named by a response`() throws {
    let responses = try ContractFiles.section("components", "responses")
      .joined(separator: "\n")
    let named = responses.matches(of: /x-problem-types:\s*(\[[^\]]*\]|(?:\s+- [a-z-]+)+)/)
      .flatMap { $0.1.matches(of: /[a-z][a-z-]+/).map { String($0.0) } }
    #expect(Set(named) == Set(ProblemType.allCases.map(\.slug)))
  }
}
