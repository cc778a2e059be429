import HTTPEngine
import TestSupport
import Testing

@testable import PruningService

/// Whole requests and answers with content codings.
@Suite struct CodedExchangeTests {
  private static let json: HeaderFields = ["Content-Type": "application/json"]
  private static let tensors: HeaderFields = ["Content-Type": "application/vnd.safetensors"]

  private func with(_ fields: HeaderFields, _ name: String, _ value: String) -> HeaderFields {
    var fields = fields
    fields.append(name, value)
    return fields
  }

  /// A request of many tokens, whose answer is long.
  private static let long: [UInt8] = {
    let numbers = (0..<1024).map { "\($0 * 7919 % 1024)" }.joined(separator: ",")
    return Array(
      "{\(ServiceRequests.settings),\"importance\":{\"dtype\":\"F32\",\"shape\":[1,1024],\"data\":[\(numbers)]}}"
        .utf8)
  }()

  @Test func `a coded request is answered like the plain one`() async throws {
    let harness = try RouteHarness()
    for (fields, body) in [
      (Self.json, ServiceRequests.json), (Self.tensors, ServiceRequests.safetensors),
      (Self.json, Self.long),
    ] {
      let plain = await harness.send(.post, "/v1/prune", fields, body: body)
      for (name, coded) in [
        ("gzip", CodedContent.gzip(body)), ("x-gzip", CodedContent.gzip(body)),
        ("deflate", CodedContent.deflate(body)), ("deflate", CodedContent.rawDeflate(body)),
        ("identity", body),
      ] {
        let answer = await harness.send(
          .post, "/v1/prune", with(fields, "Content-Encoding", name), body: coded)
        #expect(answer.status == .ok)
        #expect(answer.content == plain.content)
      }
    }
    #expect(harness.parts.admission.ledger.total.requests == 0)
  }

  @Test func `undoing a coding is part of the decode phase`() async throws {
    let harness = try RouteHarness()
    let padding = [UInt8](repeating: 0x20, count: 900_000)
    let answer = await harness.send(
      .post, "/v1/prune", with(Self.json, "Content-Encoding", "gzip"),
      body: CodedContent.gzip(ServiceRequests.json + padding))
    #expect(answer.status == .ok)
    let timing = answer.fields["server-timing"] ?? ""
    let decode = timing.split(separator: ", ").first { $0.hasPrefix("decode") }
    // 900 kB in less than 50 µs would be 18 GB/s.
    #expect(Double(decode?.dropFirst("decode;dur=".count) ?? "") ?? 0 > 0.05)
  }

  @Test func `an unknown coding is 415 and tells the known ones`() async throws {
    let harness = try RouteHarness()
    for coding in ["br", "gzip, gzip", "deflate, gzip"] {
      let answer = await harness.send(
        .post, "/v1/prune", with(Self.json, "Content-Encoding", coding), body: [1, 2])
      #expect(answer.isProblem(.unsupportedMediaType))
      #expect(answer.fields["accept-encoding"] == "gzip, deflate")
      #expect(answer.text.contains("\"supported\":[\"gzip\",\"deflate\"]"))
    }
  }

  @Test func `inflated bytes count against the ceiling of all requests`() async throws {
    let harness = try RouteHarness {
      $0.maximumBodyBytes = 1 << 20
      $0.maximumJSONBodyBytes = 1 << 20
      $0.maximumChunkedBodyBytes = 1 << 20
      $0.inFlightBytes = 1 << 20
    }
    let padding = [UInt8](repeating: 0x20, count: 1_048_000 - ServiceRequests.json.count)
    let fields = with(Self.json, "Content-Encoding", "gzip")
    let coded = CodedContent.gzip(ServiceRequests.json + padding)
    // What is received and what comes out do not fit together.
    let large = await harness.send(.post, "/v1/prune", fields, body: coded)
    #expect(large.isProblem(.contentTooLarge))
    #expect(large.text.contains("\"limit_bytes\":1048576"))
    let small = CodedContent.gzip(ServiceRequests.json)
    do {
      let other = try harness.parts.admission.ledger.open(
        ClientKey(.key("other")), bytes: 1_000_000, at: 0)
      let refused = await harness.send(.post, "/v1/prune", fields, body: small)
      #expect(refused.isProblem(.overloaded))
      #expect(refused.fields["retry-after"] != nil)
      other.release()
    }
    #expect(await harness.send(.post, "/v1/prune", fields, body: small).status == .ok)
    let metrics = await harness.send(.get, "/metrics").text
    #expect(metrics.contains("vflowopt_queue_rejected_total{reason=\"bytes\"} 1\n"))
    #expect(harness.parts.admission.ledger.total.requests == 0)
  }

  @Test func `a bomb is 413 with the limit`() async throws {
    let harness = try RouteHarness { $0.maximumInflationRatio = 10 }
    let answer = await harness.send(
      .post, "/v1/prune", with(Self.tensors, "Content-Encoding", "deflate"),
      body: CodedContent.deflate([UInt8](repeating: 0, count: 64 << 20)))
    #expect(answer.isProblem(.contentTooLarge))
    #expect(answer.text.contains("\"limit_bytes\":1048576"))
  }

  @Test func `a long answer is coded as the client likes`() async throws {
    let harness = try RouteHarness()
    let plain = await harness.send(.post, "/v1/prune", Self.json, body: Self.long)
    #expect(plain.fields["vary"] == "Accept, Accept-Encoding")
    #expect(plain.fields["content-encoding"] == nil)
    for (accept, coding) in [
      ("gzip, deflate, br", "gzip"), ("deflate", "deflate"), ("gzip;q=0.1", "gzip"),
      ("br", nil), ("gzip;q=0", nil), ("identity;q=0", nil), ("*;q=0", nil),
    ] as [(String, String?)] {
      let answer = await harness.send(
        .post, "/v1/prune", with(Self.json, "Accept-Encoding", accept), body: Self.long)
      #expect(answer.status == .ok)
      #expect(answer.fields["content-encoding"] == coding)
      #expect(answer.fields["vary"] == "Accept, Accept-Encoding")
      let content = coding == nil ? answer.content : CodedContent.inflated(answer.content)
      #expect(content == plain.content)
      #expect((answer.content.count < plain.content.count) == (coding != nil))
    }
  }

  @Test func `tensors are coded only for a client that insists`() async throws {
    let harness = try RouteHarness()
    let asking = with(Self.json, "Accept", "application/vnd.safetensors")
    let plain = await harness.send(.post, "/v1/prune", asking, body: Self.long)
    let usual = await harness.send(
      .post, "/v1/prune", with(asking, "Accept-Encoding", "gzip, deflate"), body: Self.long)
    #expect(usual.fields["content-encoding"] == nil)
    #expect(usual.content == plain.content)
    let insisting = await harness.send(
      .post, "/v1/prune", with(asking, "Accept-Encoding", "gzip, identity;q=0.1"), body: Self.long)
    #expect(insisting.fields["content-encoding"] == "gzip")
    #expect(CodedContent.inflated(insisting.content) == plain.content)
  }

  @Test func `a short problem is not coded, and says that it could be`() async throws {
    let harness = try RouteHarness()
    let fields = with(Self.json, "Accept-Encoding", "gzip")
    let short = await harness.send(.post, "/v1/prune", fields, body: Array("[".utf8))
    #expect(short.isProblem(.malformedBody))
    #expect(short.fields["content-encoding"] == nil)
    #expect(short.fields["vary"] == "Accept-Encoding")
  }
}
