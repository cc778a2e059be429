import Testing

@testable import HTTPEngine

@Suite struct PreconditionTests {
  struct Question: Sendable {
    let request: HeaderFields
    let response: HeaderFields
    let isNotModified: Bool
  }

  private static func tags(_ list: String, _ current: String?, _ expected: Bool) -> Question {
    let response = current.map { HeaderFields(dictionaryLiteral: ("ETag", $0)) } ?? [:]
    return Question(request: ["If-None-Match": list], response: response, isNotModified: expected)
  }

  private static let day = "Sat, 21 Nov 2026 00:00:00 GMT"

  /// RFC 9110 §13.1.2: weak comparison, lists, and "*" for anything that exists.
  static let tagged: [Question] = [
    tags("\"a\"", "\"a\"", true),
    tags("\"b\"", "\"a\"", false),
    tags("\"A\"", "\"a\"", false),
    tags("W/\"a\"", "\"a\"", true),
    tags("\"a\"", "W/\"a\"", true),
    tags("W/\"a\"", "W/\"a\"", true),
    tags("\"x\", \"y\" ,W/\"a\"", "\"a\"", true),
    tags(", ,\"a\"", "\"a\"", true),
    tags("\"x,\\\"\", \"a\"", "\"a\"", false),
    tags("\"\"", "\"\"", true),
    tags("\"a,b\"", "\"a,b\"", true),
    tags("*", "\"a\"", true),
    tags("*", nil, false),
    tags("\"a\"", nil, false),
    tags("a", "\"a\"", false),
    tags("a, \"a\"", "\"a\"", false),
    tags("w/\"a\"", "\"a\"", false),
    tags("\"a", "\"a\"", false),
    tags("", "\"a\"", false),
    tags("\"a\"", "a", false),
  ]

  /// RFC 9110 §13.1.3, §13.2.2: dates count only without tags.
  static let dated: [Question] = [
    Question(
      request: ["If-None-Match": "*"], response: ["Last-Modified": day], isNotModified: true),
    Question(
      request: ["If-Modified-Since": day], response: ["Last-Modified": day], isNotModified: true),
    Question(
      request: ["If-Modified-Since": "Fri, 20 Nov 2026 00:00:00 GMT"],
      response: ["Last-Modified": day], isNotModified: false),
    Question(
      request: ["If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"],
      response: ["Last-Modified": day], isNotModified: false),
    Question(
      request: ["If-Modified-Since": "yesterday"], response: ["Last-Modified": day],
      isNotModified: false),
    Question(request: ["If-Modified-Since": day], response: [:], isNotModified: false),
    Question(
      request: ["If-None-Match": "\"b\"", "If-Modified-Since": day],
      response: ["ETag": "\"a\"", "Last-Modified": day], isNotModified: false),
    Question(
      request: ["If-None-Match": "\"x\"", "if-none-match": "\"a\""],
      response: ["ETag": "\"a\""], isNotModified: true),
    Question(request: [:], response: ["ETag": "\"a\""], isNotModified: false),
  ]

  @Test(arguments: tagged + dated)
  func `finds out whether the client has the content`(_ question: Question) {
    let found = Precondition.isNotModified(question.request, question.response)
    #expect(found == question.isNotModified)
  }

  /// Answers everything with a tag, a media type and a status from the path.
  private struct TaggedResponder: Responder {
    func admit(_ head: borrowing RequestHead) -> Admission { .accept(maximumBodyBytes: 100) }

    func respond(to request: consuming Request, reply: consuming Reply) {
      let status = UInt16(request.head.path.dropFirst()) ?? 200
      reply.send(
        Response(
          status: Status(status),
          fields: [
            "ETag": "\"a\"", "Content-Type": "text/plain", "Content-Location": "/x",
            "Cache-Control": "no-cache",
          ],
          body: .bytes(Array("content".utf8))))
    }
  }

  static let exchanges: [(request: String, status: Int)] = [
    ("GET / HTTP/1.1\r\nIf-None-Match: \"a\"\r\n", 304),
    ("HEAD / HTTP/1.1\r\nIf-None-Match: \"a\"\r\n", 304),
    ("GET / HTTP/1.1\r\nIf-None-Match: \"b\"\r\n", 200),
    ("GET / HTTP/1.1\r\n", 200),
    ("POST / HTTP/1.1\r\nIf-None-Match: \"a\"\r\n", 200),
    ("GET /404 HTTP/1.1\r\nIf-None-Match: *\r\n", 404),
    ("GET /201 HTTP/1.1\r\nIf-None-Match: *\r\n", 201),
  ]

  @Test(arguments: exchanges)
  func `answers 304 only where a GET would succeed`(_ request: String, _ status: Int) throws {
    let server = try TestServer(TaggedResponder())
    let client = try server.connect()
    client.send("\(request)Host: x\r\nConnection: close\r\n\r\n")
    let text = client.readToEnd().text
    #expect(text.hasPrefix("HTTP/1.1 \(status) "))
    #expect(text.contains("ETag: \"a\"\r\n"))
    #expect(text.contains("Cache-Control: no-cache\r\n"))
    #expect(text.contains("Content-Location: /x\r\n"))
    #expect(text.contains("Content-Type") == (status != 304))
    #expect(text.contains("Content-Length") == (status != 304))
  }
}
