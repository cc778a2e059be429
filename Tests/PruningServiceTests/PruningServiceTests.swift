import Foundation
import HTTPEngine
import Telemetry
import TestSupport
import Testing

@testable import PruningService

@Suite(.timeLimit(.minutes(15))) struct PruningServiceTests {
  static let json = [("Content-Type", "application/json")]

  /// A head whose JSON body is to follow.
  private func head(_ lines: String...) -> String { head(lines) }

  private func head(_ lines: [String]) -> String {
    (["POST /v1/prune HTTP/1.1", "Host: x", "Content-Type: application/json"] + lines)
      .map { $0 + "\r\n" }.joined() + "\r\n"
  }

  @Test func `requests on one connection are answered in turn`() throws {
    let service = try LoopbackService()
    let connection = try service.connect()
    var bodies: [[UInt8]] = []
    for _ in 0..<3 {
      let answer = try connection.exchange(
        "POST", "/v1/prune", fields: Self.json, body: ServiceRequests.json)
      #expect(answer.status == 200)
      #expect(answer["content-length"] == "\(answer.body.count)")
      #expect(answer["date"] != nil)
      bodies.append(answer.body)
    }
    #expect(Set(bodies).count == 1)
    #expect(try connection.exchange("HEAD", "/livez").body.isEmpty)
    #expect(try connection.exchange("GET", "/livez").text == "{\"status\":\"live\"}")
  }

  @Test func `pipelined requests are answered in order`() throws {
    let service = try LoopbackService()
    defer { withExtendedLifetime(service) {} }
    let connection = try service.connect()
    let body = ServiceRequests.json
    let prune =
      Array(head("Content-Length: \(body.count)", "X-Request-Id: a").utf8) + body
    let page = Array("GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-Id: b\r\n\r\n".utf8)
    try connection.send(prune + page + prune)
    #expect(
      try (0..<3).map { _ in try connection.readAnswer()["x-request-id"] } == ["a", "b", "a"])
  }

  @Test func `a body in chunks is a body`() throws {
    let service = try LoopbackService()
    defer { withExtendedLifetime(service) {} }
    let connection = try service.connect()
    try connection.send(head("Transfer-Encoding: chunked"))
    for piece in ServiceRequests.json.chunked(37) {
      try connection.send("\(String(piece.count, radix: 16))\r\n")
      try connection.send(piece)
      try connection.send("\r\n")
    }
    try connection.send("0\r\n\r\n")
    #expect(try connection.readAnswer().status == 200)
  }

  @Test func `chunks above their limit are 413`() throws {
    let service = try LoopbackService { $0.maximumChunkedBodyBytes = 1000 }
    let connection = try service.connect()
    try connection.send(head("Transfer-Encoding: chunked") + "7d0\r\n")
    try connection.send([UInt8](repeating: 0x20, count: 2000))
    let answer = try connection.readAnswer()
    #expect(answer.status == 413)
    #expect(answer.text.contains("\"limit_bytes\":1000"))
  }

  @Test func `a body of unknown length reserves its limit while it comes`() throws {
    let service = try LoopbackService {
      $0.maximumBodyBytes = 1 << 20
      $0.maximumJSONBodyBytes = 1 << 20
      $0.maximumChunkedBodyBytes = 1 << 20
      $0.inFlightBytes = 3 << 19
    }
    let first = try service.connect()
    try first.send(head("Transfer-Encoding: chunked"))
    while try service.metric("vflowopt_in_flight_bytes") != 1_048_576 { usleep(2000) }
    let second = try service.connect()
    try second.send(head("Transfer-Encoding: chunked") + "0\r\n\r\n")
    let answer = try second.readAnswer()
    #expect(answer.status == 503)
    #expect(answer["retry-after"] != nil)
    #expect(answer.text.contains("/problems/overloaded"))
    withExtendedLifetime(first) {}
  }

  @Test(arguments: [["Content-Length: 16385"], ["Content-Length: 101", "Expect: 100-continue"]])
  func `a length above the limit is refused before the body, also in place of 100`(
    _ fields: [String]
  ) throws {
    let service = try LoopbackService { $0.maximumJSONBodyBytes = 100 }
    let answer = try Self.answer(to: head(fields), from: service)
    #expect(answer["connection"] == "close")
  }

  @Test func `a small body above the limit is read and the connection stays`() throws {
    let service = try LoopbackService { $0.maximumJSONBodyBytes = 100 }
    let body = String(repeating: " ", count: 101)
    let answer = try Self.answer(to: head(["Content-Length: 101"]) + body, from: service)
    #expect(answer["connection"] == nil)
  }

  private static func answer(
    to request: String, from service: LoopbackService
  ) throws -> ServiceAnswer {
    let connection = try service.connect()
    try connection.send(request)
    let answer = try connection.readAnswer()
    #expect(answer.status == 413)
    #expect(answer["content-type"] == "application/problem+json")
    #expect(answer.text.contains("\"limit_bytes\":100"))
    return answer
  }

  @Test func `admission says 100 before it wants the body`() throws {
    let service = try LoopbackService()
    defer { withExtendedLifetime(service) {} }
    let connection = try service.connect()
    let body = ServiceRequests.json
    try connection.send(head("Expect: 100-continue", "Content-Length: \(body.count)"))
    #expect(try connection.readAnswer().status == 100)
    try connection.send(body)
    #expect(try connection.readAnswer().status == 200)
  }

  @Test(arguments: RefusedMessage.all)
  func `what the engine refuses is a problem document`(message: RefusedMessage) throws {
    let service = try LoopbackService()
    let connection = try service.connect()
    try connection.send(message.text)
    let answer = try connection.readAnswer()
    #expect(answer.status == message.type.status)
    #expect(answer["content-type"] == "application/problem+json")
    #expect(answer.text.contains("\"type\":\"\(message.type.uri)\""))
    #expect(answer["x-request-id"]?.isEmpty == false)
    #expect(answer.text.contains("\"status\":\(message.type.status)"))
  }

  @Test func `a client that dies in its body leaves nothing behind`() throws {
    let service = try LoopbackService()
    for _ in 0..<5 {
      let connection = try service.connect()
      try connection.send(head("Content-Length: 1000") + "{")
      connection.reset()
    }
    // The loop hears of the resets in its own time; the wait is bounded by the test's limit.
    while try service.metric("vflowopt_in_flight_bytes") != 0 { usleep(2000) }
    #expect(try service.metric("vflowopt_queue_depth") == 0)
  }

  @Test func `draining answers what was accepted and takes no more`() throws {
    let service = try LoopbackService()
    let body = ServiceRequests.json
    let head = head("Content-Length: \(body.count)")
    let connections = try (0..<6).map { _ in try service.connect() }
    for connection in connections {
      try connection.send(Array(head.utf8) + body.prefix(20))
    }
    // All heads have been admitted once their places are taken.
    while try service.metric("vflowopt_queue_depth") != 6 { usleep(2000) }
    let drained = DrainResult()
    let thread = Thread { drained.finish(service.service.drain()) }
    thread.start()
    while !service.records.all.contains(where: { "\($0.message)" == "service is draining" }) {
      usleep(2000)
    }
    for connection in connections {
      try connection.send(Array(body.dropFirst(20)))
      let answer = try connection.readAnswer()
      #expect(answer.status == 200)
      #expect(answer["connection"]?.lowercased() == "close")
      #expect(connection.isClosedByPeer())
    }
    #expect(drained.wait())
    #expect(throws: ServiceConnection.Failure.self) {
      try service.connect().exchange("GET", "/livez")
    }
  }

  @Test func `draining answers the next request of an open connection`() throws {
    // An open connection has a quarter of a second; on a busy machine its client may be later.
    var answer: ServiceAnswer?
    for _ in 0..<10 where answer == nil { answer = try answerDuringDrain() }
    #expect(answer?.status == 200)
    #expect(answer?["connection"]?.lowercased() == "close")
  }

  /// The answer to a request that a client begins once its service drains; nil when it came late.
  private func answerDuringDrain() throws -> ServiceAnswer? {
    let service = try LoopbackService()
    let connection = try service.connect()
    #expect(try connection.exchange("GET", "/readyz").status == 200)
    let drained = DrainResult()
    let thread = Thread { drained.finish(service.service.drain()) }
    thread.start()
    while !service.records.all.contains(where: { "\($0.message)" == "service is draining" }) {
      usleep(2000)
    }
    let body = ServiceRequests.json
    try? connection.send(Array(head("Content-Length: \(body.count)").utf8) + body)
    let answer = try? connection.readAnswer()
    #expect(drained.wait())
    return answer
  }

  @Test func `a second service on the same port cannot start`() throws {
    let first = try LoopbackService()
    let error = #expect(throws: ServiceStartError.self) {
      try LoopbackService { $0.port = Int(first.port) }
    }
    #expect(error?.code == .cannotListen)
    #expect(error?.isConfigurationFault == false)
  }
}

/// A message that the engine answers by itself.
struct RefusedMessage: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let text: String
  let type: ProblemType

  static let all = [
    RefusedMessage(
      testDescription: "no Host", text: "GET / HTTP/1.1\r\n\r\n", type: .malformedMessage),
    RefusedMessage(
      testDescription: "no request line", text: "nonsense\r\n\r\n", type: .malformedMessage),
    RefusedMessage(
      testDescription: "HTTP/2.9", text: "GET / HTTP/2.9\r\nHost: x\r\n\r\n",
      type: .unsupportedVersion),
    RefusedMessage(
      testDescription: "an unknown expectation",
      text: "GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", type: .expectationFailed),
    RefusedMessage(
      testDescription: "a transfer coding",
      text: "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
      type: .unsupportedTransferCoding),
    RefusedMessage(
      testDescription: "a long target",
      text: "GET /\(String(repeating: "a", count: 20_000)) HTTP/1.1\r\nHost: x\r\n\r\n",
      type: .targetTooLong),
    RefusedMessage(
      testDescription: "a long field",
      text: "GET / HTTP/1.1\r\nA: \(String(repeating: "a", count: 70_000))\r\n\r\n",
      type: .fieldsTooLarge),
  ]
}

/// What a drain on another thread came to.
private final class DrainResult: @unchecked Sendable {
  // The condition guards the result.
  private let condition = NSCondition()
  private var result: Bool?

  func finish(_ isComplete: Bool) {
    condition.withLock {
      result = isComplete
      condition.signal()
    }
  }

  func wait() -> Bool {
    condition.withLock {
      while result == nil { condition.wait() }
      return result ?? false
    }
  }
}

extension Array where Element == UInt8 {
  /// Pieces of at most `size` bytes.
  fileprivate func chunked(_ size: Int) -> [[UInt8]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
