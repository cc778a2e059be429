import HTTPEngine
import TestSupport
import Testing

@testable import PruningService

@Suite struct OfflineServiceTests {
  @Test(arguments: [MessageEncoding.json, .safetensors])
  func `the answer has the bytes of the route's`(encoding: MessageEncoding) async throws {
    let body = encoding == .json ? ServiceRequests.json : ServiceRequests.safetensors
    let online = try await RouteHarness()
      .send(.post, "/v1/prune", ["Content-Type": encoding.mediaType], body: body).text
    guard
      case .answer(let bytes) = try OfflineService(ServiceConfiguration())
        .prune(body, as: encoding)
    else {
      Issue.record("the request was refused")
      return
    }
    #expect(String(decoding: bytes, as: UTF8.self) == online)
  }

  @Test func `a request that cannot be served comes back as its problem`() throws {
    let outcome = try OfflineService(ServiceConfiguration()).prune(Array("{}".utf8), as: .json)
    guard case .problem(let document) = outcome else {
      Issue.record("the request was answered")
      return
    }
    #expect(String(decoding: document, as: UTF8.self).contains("\"status\":422"))
  }

  @Test func `an empty file is a malformed body`() throws {
    guard
      case .problem(let document) = try OfflineService(ServiceConfiguration())
        .prune([], as: .safetensors)
    else {
      Issue.record("the request was answered")
      return
    }
    #expect(String(decoding: document, as: UTF8.self).contains("/problems/malformed-body"))
  }
}
