import HTTPEngine
import TestSupport
import Testing

@testable import PruningService

@Suite struct ConstantPageTests {
  @Test func `each coding has its content and its tag`() {
    let content = Array(String(repeating: "strategies: all\n", count: 200).utf8)
    let page = ConstantPage(Response(body: .bytes(content)), content: content)
    let plain = page[.identity]
    #expect(plain.content == content)
    #expect(plain.fields["etag"] == EntityTag(of: content).fieldValue)
    for coding in ContentEncoding.compressing {
      let variant = page[coding]
      #expect(CodedContent.inflated(variant.content) == content)
      #expect(variant.fields["etag"] == EntityTag(of: content).fieldValue(of: coding))
      #expect(variant.fields["content-encoding"] == coding.token)
      #expect(variant.fields["cache-control"] == "no-cache")
    }
    #expect([plain, page[.gzip]].allSatisfy { $0.fields["vary"] == "Accept-Encoding" })
  }

  @Test func `a short page has one form and one tag`() {
    let page = ConstantPage(Response(body: .bytes([1, 2])), content: [1, 2])
    #expect(page[.gzip].fields == page[.identity].fields)
    #expect(page[.gzip].content == [1, 2])
  }

  @Test func `GET, HEAD and a question for news agree, each coding for itself`() throws {
    let service = try LoopbackService()
    var tags: Set<String> = []
    for accept in ["identity", "gzip", "deflate"] {
      let fields = [("Accept-Encoding", accept)]
      let page = try service.connect().exchange("GET", "/openapi.yaml", fields: fields)
      #expect(page["content-encoding"] == (accept == "identity" ? nil : accept))
      let tag = try #require(page["etag"])
      tags.insert(tag)
      let head = try service.connect().exchange("HEAD", "/openapi.yaml", fields: fields)
      for name in ["content-length", "content-encoding", "etag", "vary", "content-type"] {
        #expect(head[name] == page[name], "\(name)")
      }
      #expect(head.body.isEmpty)
      let again = try service.connect().exchange(
        "GET", "/openapi.yaml", fields: fields + [("If-None-Match", tag)])
      #expect(again.status == 304)
      #expect(again["etag"] == tag)
      #expect(again["vary"] == "Accept-Encoding")
      #expect(again["content-encoding"] == nil)
      #expect(again.body.isEmpty)
      // The copy in another coding is not the same bytes.
      let other = accept == "gzip" ? "identity" : "gzip"
      let elsewhere = try service.connect().exchange(
        "GET", "/openapi.yaml", fields: [("Accept-Encoding", other), ("If-None-Match", tag)])
      #expect(elsewhere.status == 200)
    }
    #expect(tags.count == 3)
  }

  @Test(arguments: ["/livez", "/healthz", "/metrics"])
  func `what the loop writes anew each time is not coded`(target: String) async throws {
    let answer = try await RouteHarness().send(.get, target, ["Accept-Encoding": "gzip"])
    #expect(answer.fields["content-encoding"] == nil)
    #expect(answer.fields["vary"]?.contains("Accept-Encoding") != true)
  }
}
