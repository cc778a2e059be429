import Foundation
import PruningService
import TestSupport
import Testing

/// One request at a time: what others hold would change what admission says.
@Suite(.serialized, UnharmedService(), .timeLimit(.minutes(15))) struct HostileTableTests {
  @Test(arguments: HostileTable.rows)
  func `is answered as the table says`(row: HostileRow) throws {
    let service = try #require(HostileService.current)
    let bytes = row.bytes()
    let connection = try ServiceConnection(port: service.port)
    // The service may answer and stop reading before everything is sent.
    try? connection.send(bytes)
    if row.manner == .finishes { connection.finishSending() }
    for (index, expected) in row.answers.enumerated() {
      let answer = try connection.readAnswer(toHead: row.isHead && index == 0)
      #expect(answer.status == expected.status, "\(answer.text)")
      if let type = expected.type {
        try expectProblem(answer, type.slug, expected)
      } else {
        #expect(answer["content-type"] != "application/problem+json" || row.isHead)
      }
    }
    if row.closes {
      #expect(connection.isClosedByPeer())
    } else {
      #expect(try connection.exchange("GET", "/livez").status == 200)
    }
  }

  @Test func `a hundred clients that stop in the middle hold nobody up`() throws {
    let service = try #require(HostileService.current)
    let clients = try (0..<100).map { _ in
      let client = try ServiceConnection(port: service.port)
      try client.send(
        "POST /v1/prune HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
          + "Content-Length: 1000\r\n\r\n{")
      return client
    }
    let answer = try service.pruneWell()
    #expect(!answer.isEmpty)
    // Some are refused at once, because so many would wait too long for a worker.
    let statuses = try clients.map { try $0.readAnswer().status }
    #expect(Set(statuses).isSubset(of: [408, 503]))
    #expect(statuses.contains(408))
  }

  private func expectProblem(
    _ answer: ServiceAnswer, _ slug: String, _ expected: HostileRow.Answer
  ) throws {
    #expect(answer["content-type"] == "application/problem+json")
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    #expect(document["type"] as? String == "/problems/\(slug)", "\(answer.text)")
    #expect(document["status"] as? Int == expected.status)
    #expect((document["detail"] as? String)?.isEmpty == false)
    #expect(document["request_id"] as? String == answer["x-request-id"])
    if answer.status == 405 { #expect(answer["allow"]?.isEmpty == false) }
    let faults = document["errors"] as? [[String: Any]]
    expectPointer(faults?.first?["pointer"] as? String, expected.pointer, answer)
  }

  /// A pointer that ends in an ellipsis stands for one that is too long to write down.
  private func expectPointer(_ pointer: String?, _ expected: String?, _ answer: ServiceAnswer) {
    if let expected, expected.hasSuffix("…") {
      #expect(pointer?.hasPrefix(expected.dropLast()) == true)
    } else {
      #expect(pointer == expected, "\(answer.text)")
    }
  }
}

@Suite struct HostileTableShapeTests {
  @Test func `has enough rows, each with a rule of its own`() {
    #expect(HostileTable.rows.count >= 80)
    #expect(Set(HostileTable.rows.map(\.rule)).count == HostileTable.rows.count)
  }
}
