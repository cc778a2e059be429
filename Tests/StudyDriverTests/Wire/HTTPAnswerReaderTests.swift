import Testing

@testable import StudyDriver

@Suite struct HTTPAnswerReaderTests {
  /// Reads a text in pieces of so many bytes.
  private func read(_ text: String, piece: Int) throws -> HTTPAnswer? {
    let reader = HTTPAnswerReader()
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      if let answer = try reader.take(Array(rest.prefix(piece))) { return answer }
      rest = rest.dropFirst(piece)
    }
    return try reader.take([])
  }

  private static let answers = [
    "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}",
    "HTTP/1.0 200 OK\r\ncontent-type:Application/JSON\r\n\r\n{}",
    "HTTP/1.1 200\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
      + "Content-Length: 2\r\n\r\n{}",
  ]

  @Test(arguments: answers, [1, 2, 3, 7, 4096])
  func `an answer is the same however it arrives`(text: String, piece: Int) throws {
    let answer = try #require(try read(text, piece: piece))
    #expect(answer.status == 200)
    #expect(answer.mediaType == "application/json")
    #expect(answer.body == Array("{}".utf8))
  }

  @Test(arguments: [1, 4096])
  func `trailers say nothing about the answer`(piece: Int) throws {
    let text =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "2\r\n{}\r\n0\r\nContent-Type: text/plain\r\nRetry-After: 9\r\n\r\n"
    let answer = try #require(try read(text, piece: piece))
    #expect(answer.mediaType == "application/json")
    #expect(answer.retryAfterSeconds == nil)
    #expect(answer.body == Array("{}".utf8))
  }

  @Test func `an answer without content has none`() throws {
    let answer = try read("HTTP/1.1 204 No Content\r\nRetry-After: 7 \r\n\r\n", piece: 1)
    #expect(answer?.status == 204)
    #expect(answer?.body == [])
    #expect(answer?.retryAfterSeconds == 7)
  }

  @Test(
    arguments: [
      "", "\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 99 x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ], [1, 4096])
  func `what is no whole answer is refused`(text: String, piece: Int) {
    #expect(throws: StudyDriverError.self) { try read(text, piece: piece) }
  }

  @Test func `a head without end is refused before it fills the memory`() {
    let reader = HTTPAnswerReader()
    #expect(throws: StudyDriverError.self) {
      for _ in 0..<100 { _ = try reader.take([UInt8](repeating: 65, count: 4096)) }
    }
  }

  @Test(arguments: ["name", "value"])
  func `fields without end are refused before they fill the memory`(part: String) throws {
    let reader = HTTPAnswerReader()
    _ = try reader.take(Array(("HTTP/1.1 200 OK\r\na" + (part == "name" ? "" : ": ")).utf8))
    var taken = 0
    #expect(throws: StudyDriverError.self) {
      for _ in 0..<100 {
        _ = try reader.take([UInt8](repeating: 65, count: 4096))
        taken += 1
      }
    }
    #expect((1...16).contains(taken))
  }

  @Test func `chunks without end are refused before they fill the memory`() throws {
    let reader = HTTPAnswerReader()
    _ = try reader.take(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))
    let chunk = Array("1000000\r\n".utf8) + [UInt8](repeating: 65, count: 1 << 24) + [13, 10]
    var taken = 0
    #expect(throws: StudyDriverError.self) {
      for _ in 0..<20 {
        _ = try reader.take(chunk)
        taken += 1
      }
    }
    #expect(taken == 16)
  }
}
