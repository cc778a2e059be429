import HTTPEngine
import TestSupport
import Testing

@Suite struct IdentifierFieldTests {
  /// Answers every request with one page and an identifier beside its fields.
  private struct StampingResponder: Responder {
    static let fields: HeaderFields = ["X-Page": "shared"]

    func admit(_ head: borrowing RequestHead) -> Admission {
      var response = Response(fields: Self.fields, body: .bytes(Array("page".utf8)))
      if head.path == "/cached" { response.fields.append("ETag", "\"a\"") }
      response.identifier = IdentifierField("X-Id", 0x0123_4567_89AB_CDEF, 0xF)
      return .answer(response)
    }

    func respond(to request: consuming Request, reply: consuming Reply) {}
  }

  @Test func `the digits are those of the number, all 32`() {
    let digits = IdentifierField.digits(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)
    #expect(
      String(decoding: (0..<32).map { digits[$0] }, as: UTF8.self)
        == "0123456789abcdeffedcba9876543210")
  }

  @Test(
    arguments: [
      ("GET /a HTTP/1.1\r\nHost: x\r\n\r\n", 200), ("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", 200),
      ("GET /cached HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"a\"\r\n\r\n", 304),
    ]) func `an identifier is a line beside the fields`(request: String, status: Int) throws
  {
    let server = try TestServer(StampingResponder())
    let client = try server.connect()
    client.send(request)
    let response = try #require(client.readResponse(hasContent: request.hasPrefix("GET /a")))
    #expect(response.status == status)
    #expect(response.value(of: "x-id") == "0123456789abcdef000000000000000f")
    #expect(response.value(of: "x-page") == "shared")
  }
}
