import Testing

/// Raw bytes in, status codes and the fate of the connection out.
struct WireCase: CustomTestStringConvertible, Sendable {
  let name: String
  let input: String
  /// The status of each response, in order.
  let statuses: [Int]
  /// Whether the server closes by itself after them.
  let closes: Bool
  /// Whether the answer depends on what has arrived when the head is complete.
  var isJudgedByArrival = false

  init(_ name: String, _ input: String, _ statuses: [Int], closes: Bool) {
    self.name = name
    self.input = input
    self.statuses = statuses
    self.closes = closes
  }

  var testDescription: String { name }

  static func refused(_ name: String, _ input: String, _ status: Int = 400) -> WireCase {
    WireCase(name, input, [status], closes: true)
  }

  static func accepted(_ name: String, _ input: String, _ statuses: [Int] = [200]) -> WireCase {
    WireCase(name, input, statuses, closes: false)
  }
}

extension WireCase {
  /// The same case, to be sent in one piece only.
  func judgedByArrival() -> WireCase {
    var wire = self
    wire.isJudgedByArrival = true
    return wire
  }

  /// Sends the input and compares the answers and the fate of the connection.
  func check(on server: TestServer, inOnePiece: Bool) throws {
    let client = try server.connect(receiveTimeoutMilliseconds: 20_000)
    if inOnePiece {
      client.send(bytes)
    } else {
      for byte in bytes { client.send([byte]) }
    }
    for (index, status) in statuses.enumerated() {
      let response = try #require(client.readResponse(), "answer \(index)")
      #expect(response.status == status)
      let isLast = index == statuses.count - 1
      let announces = response.value(of: "connection") == "close"
      #expect(announces == (isLast && closes), "Connection field of answer \(index)")
    }
    if closes {
      #expect(client.readToEnd().text == "")
      #expect(client.readToEnd().closed)
    } else {
      client.send("GET /still HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(client.readResponse()?.text == "GET /still")
    }
  }

  /// One byte per character, so that a table can hold any byte.
  private var bytes: [UInt8] {
    input.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }
}
