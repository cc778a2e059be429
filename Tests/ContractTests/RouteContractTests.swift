import HTTPEngine
import Testing

@testable import PruningService

@Suite struct RouteContractTests {
  @Test func `the contract has exactly the routes of the service`() throws {
    let paths = ContractFiles.keys(of: try ContractFiles.section("paths"), depth: 1)
    #expect(Set(paths) == Set(ServiceRoute.allCases.map(\.pattern)))
    #expect(paths.count == ServiceRoute.allCases.count)
  }

  @Test(arguments: ServiceRoute.allCases)
  func `a route has the methods of the contract`(route: ServiceRoute) throws {
    let path = try ContractFiles.section("paths", route.pattern)
    let methods = ContractFiles.keys(of: path, depth: 2).filter { $0 != "parameters" }
    #expect(methods == route.methods.map { $0.name.lowercased() })
  }

  @Test(arguments: ServiceRoute.allCases)
  func `a route needs the scope of the contract`(route: ServiceRoute) throws {
    let path = try ContractFiles.section("paths", route.pattern).joined(separator: "\n")
    let scopes = path.matches(of: /x-required-scope: ([a-z]+)/).map { String($0.1) }
    #expect(
      scopes == route.methods.compactMap { route.scope(of: $0)?.rawValue })
    let isOpen = route.scope(of: .get) == nil
    #expect(path.contains("security: []") == isOpen)
    #expect(path.contains("responses/Unauthorized") == !isOpen)
    #expect(path.contains("responses/Forbidden") == !isOpen)
  }
}
