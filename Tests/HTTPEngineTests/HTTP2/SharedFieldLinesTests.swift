import Testing

@testable import HTTPEngine

@Suite struct SharedFieldLinesTests {
  /// Pages with an identifier beside their fields, one for each path.
  private final class PageResponder: Responder {
    private let pages: [String: Response]

    init(_ count: Int) {
      pages = Dictionary(
        uniqueKeysWithValues: (0..<count).map { index in
          let fields: HeaderFields = ["X-Page": "\(index)", "Content-Type": "text/plain"]
          return ("/\(index)", Response(fields: fields, body: .bytes(Array("page \(index)".utf8))))
        })
    }

    func admit(_ head: borrowing RequestHead) -> Admission {
      var response = pages[head.path] ?? Response(status: .notFound)
      let number = head.query.flatMap(UInt64.init) ?? 0
      response.identifier = IdentifierField("X-Id", number, ~number)
      return .answer(response)
    }

    func respond(to request: consuming Request, reply: consuming Reply) {}
  }

  private func page(
    _ fields: HeaderFields, _ text: String, identifiedBy name: StaticString = "X-Id"
  ) -> Response {
    var response = Response(fields: fields, body: .bytes(Array(text.utf8)))
    response.identifier = IdentifierField(name, 1, 2)
    return response
  }

  private func hex(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// More pages than are kept, asked for together and in turns, so that they push each other out.
  @Test func `gives every answer its own page and identifier`() throws {
    let count = 6
    let server = try TestServer(PageResponder(count))
    let client = try HTTP2Client(server)
    let requests = (0..<60).map { ($0 * $0 + $0 / 7) % (count + 1) }
    for (index, page) in requests.enumerated() {
      client.send(.get(Int32(2 * index + 1), "/\(page)?\(index + 1)"))
      if index % 5 == 4 { _ = client.answer(Int32(2 * index + 1)) }
    }
    for (index, page) in requests.enumerated() {
      let stream = Int32(2 * index + 1)
      let isKnown = page < count
      #expect(client.answer(stream) == (isKnown ? "200" : "404", isKnown ? "page \(page)" : ""))
      let fields = client.fields[stream] ?? []
      func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }
      let number = UInt64(index + 1)
      #expect(value("x-id") == hex(number) + hex(~number))
      #expect(value("x-page") == (isKnown ? "\(page)" : nil))
      #expect(value("content-length") == (isKnown ? "6" : "0"))
      #expect(value("date") != nil)
      #expect(Set(fields.map(\.name)).count == fields.count)
    }
  }

  @Test func `knows a page by its memory, identifier, content and date`() throws {
    let fields: HeaderFields = ["X-Page": "a"]
    let shared = try #require(SharedFieldLines(page(fields, "1234"), unixSeconds: 7))
    func serves(_ response: Response, _ seconds: Int64 = 7) throws -> Bool {
      shared.serve(
        response, try #require(response.identifier), unixSeconds: seconds)
    }
    #expect(try serves(page(fields, "abcd")))
    #expect(try !serves(page(fields, "abcd"), 8))
    #expect(try !serves(page(fields, "abc")))
    #expect(try !serves(page(fields, "abcd", identifiedBy: "X-Other")))
    var changed = fields
    changed.append("X-More", "b")
    #expect(try !serves(page(changed, "abcd")))
    var missing = page(fields, "abcd")
    missing.status = .notFound
    #expect(try !serves(missing))
    #expect(SharedFieldLines(missing, unixSeconds: 7) == nil)
  }
}
