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
  func `a route has the method of the contract`(route: ServiceRoute) throws {
    let path = try ContractFiles.section("paths", route.pattern)
    let methods = ContractFiles.keys(of: path, depth: 2).filter { $0 != "parameters" }
    #expect(methods == [route.method.name.lowercased()])
  }
}
