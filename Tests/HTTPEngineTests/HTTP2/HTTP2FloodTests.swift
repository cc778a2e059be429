import Testing

@testable import HTTPEngine

/// What a client may do that costs the server more than the client.
@Suite struct HTTP2FloodTests {
  private static let calm: UInt32 = 11

  private func driver(_ limits: ServerConfiguration.Limits = .init()) throws -> SessionDriver {
    let driver = try #require(SessionDriver(limits: limits))
    driver.begin()
    driver.receive(WireFrame(type: 4, flags: 1))
    return driver
  }

  struct Flood: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let frames: @Sendable (Int32) -> [WireFrame]

    init(_ name: String, _ frames: @escaping @Sendable (Int32) -> [WireFrame]) {
      testDescription = name
      self.frames = frames
    }
  }

  static let floods: [Flood] = [
    Flood("PING") { _ in [.ping()] },
    Flood("SETTINGS") { _ in [.settings([(4, 65535)])] },
    Flood("empty SETTINGS") { _ in [.settings()] },
    Flood("PRIORITY") { [.priority($0, dependsOn: 0)] },
    Flood("PRIORITY_UPDATE") {
      [WireFrame(type: 0x10, payload: WireFrame.word(UInt32($0)) + Array("u=1".utf8))]
    },
    Flood("unknown frames") { _ in [WireFrame(type: 0x42, payload: [1])] },
    Flood("window updates") { _ in [.window(0, 1)] },
    Flood("empty DATA") { $0 == 1 ? [.post(1)] : [.data(1, endStream: false)] },
    Flood("rapid reset") { [.get($0), .reset($0)] },
    Flood("resets that the server is made to send") {
      [.post($0, "/", [("content-length", "1")]), .data($0, "xy")]
    },
    Flood("malformed requests") { [.get($0, "/", [("connection", "close")])] },
    Flood("self-made overflows") { [.post($0), .window($0, 1 << 31 - 1)] },
  ]

  @Test(arguments: floods)
  func `ends a connection that floods`(_ flood: Flood) throws {
    let driver = try driver()
    driver.holds = true
    for index in Int32(0)..<2500 where driver.session.failure == nil {
      driver.receive(flood.frames(index * 2 + 1).flatMap(\.bytes))
    }
    #expect(driver.connectionError == Self.calm)
    #expect(driver.session.queuedFrames == 0)
  }

  @Test(arguments: floods.prefix(8))
  func `tolerates the same frames at an ordinary pace`(_ flood: Flood) throws {
    let driver = try driver()
    for index in Int32(0)..<2500 {
      driver.now += 100_000_000
      driver.receive(flood.frames(index * 2 + 1).flatMap(\.bytes))
    }
    #expect(driver.connectionError == nil)
  }

  @Test func `takes control frames that come with requests`() throws {
    let driver = try driver()
    for index in Int32(0)..<5000 {
      let id = index * 2 + 1
      driver.receive(.get(id), .window(0, 8), .window(id, 8), .ping())
    }
    #expect(driver.connectionError == nil)
    #expect(driver.answers.count == 5000)
  }

  @Test func `ends a section of too many frames`() throws {
    let driver = try driver()
    driver.receive(.headers(1, HeaderBlock.request("GET", "/"), endHeaders: false))
    for _ in 0..<9 {
      driver.receive(.continuation(1, HeaderBlock.lines([("x", "y")]), endHeaders: false))
    }
    #expect(driver.connectionError == Self.calm)
  }

  @Test func `ends a section of too many compressed bytes`() throws {
    let driver = try driver()
    let name = String(repeating: "n", count: 1000)
    let block = HeaderBlock.lines((0..<170).map { _ in (name, "v") })
    driver.receive(.headers(1, block))
    #expect(driver.connectionError == Self.calm)
    #expect(driver.events == [])
  }

  @Test func `ends a section that expands beyond reason`() throws {
    let driver = try driver()
    // One entry of 4000 bytes in the table, named again by one byte each time (RFC 7541 §7.3).
    let value = Array(String(repeating: "v", count: 4000).utf8)
    let entry: [UInt8] = [0x40, 0x01, 0x78, 0x7F, 0xA1, 0x1E] + value
    let block = HeaderBlock.request("GET", "/") + entry + [UInt8](repeating: 0xBE, count: 60000)
    driver.receive(.headers(1, block))
    #expect(driver.connectionError == Self.calm)
  }

  @Test func `answers 431 to a section that is too long or has too many lines`() throws {
    let driver = try driver()
    let name = String(repeating: "n", count: 1000)
    driver.receive(.get(1, "/", (0..<33).map { _ in (name, "v") }))
    driver.receive(.get(3, "/", (0..<101).map { ("x\($0)", "v") }))
    driver.receive(.get(5))
    #expect(driver.answers[1]?.status == "431")
    #expect(driver.answers[3]?.status == "431")
    #expect(driver.answers[5]?.status == "200")
  }

  @Test func `answers 414 to a target that is too long`() throws {
    let driver = try driver()
    driver.receive(.get(1, "/" + String(repeating: "p", count: 9000)))
    #expect(driver.answers[1]?.status == "414")
  }

  @Test func `makes no output for a client that opens no window`() throws {
    let driver = try driver()
    driver.content = { _ in .bytes([UInt8](repeating: 1, count: 10 << 20)) }
    driver.receive(.get(1), .get(3), .get(5))
    let sent = driver.frames.filter { $0.type == 0 }.map(\.payload.count).reduce(0, +)
    #expect(sent == 65535)
    #expect(excuse(3, driver) > driver.now)
    driver.receive(.window(0, 1 << 20))
    #expect(excuse(1, driver) == 0)
  }

  @Test func `bytes now and then are no pace that excuses a stream`() throws {
    let driver = try driver()
    driver.content = { _ in .bytes([UInt8](repeating: 1, count: 10 << 20)) }
    driver.receive(.settings([(4, 1 << 24)]), .get(1))
    driver.receive(.get(3), .get(5))
    let start = driver.now
    for _ in 0..<20 {
      #expect(excuse(3, driver) > driver.now || driver.now > start + 1_000_000_000)
      driver.now += 100_000_000
      driver.receive(.window(0, 1))
    }
    #expect(driver.frames.last?.payload.count == 1)
    // Twenty bytes in two seconds, for three who wait.
    #expect(excuse(3, driver) == start + 1_000_000_000 + 6 * 2_000_000)
    driver.receive(.window(0, 6000))
    #expect(excuse(3, driver) > driver.now)
  }

  /// Until when a stream is excused, with a second's patience and 500 bytes a second.
  private func excuse(_ stream: Int32, _ driver: SessionDriver) -> UInt64 {
    var timeouts = ServerConfiguration.Timeouts()
    timeouts.write = .seconds(1)
    return driver.session.stream(stream).map { driver.session.excuse($0, Patience(timeouts)) } ?? 1
  }

  @Test func `acknowledgements are no content that excuses a stream`() throws {
    let driver = try driver()
    driver.content = { _ in .bytes([UInt8](repeating: 1, count: 10 << 20)) }
    driver.receive(.settings([(4, 1 << 24)]), .get(1), .get(3))
    #expect(excuse(3, driver) > driver.now)
    driver.now += 2_000_000_000
    driver.receive(.ping())
    #expect(driver.frames.last?.type == 6)
    #expect(excuse(3, driver) < driver.now)
  }
}

@Suite struct FrameBudgetTests {
  @Test func `refills with time up to its burst`() {
    var configuration = HTTP2Configuration()
    configuration.frameBurst = 10
    configuration.framesPerSecond = 10
    var budget = FrameBudget(configuration, now: 0)
    budget.spend(10, now: 0)
    #expect(!budget.isExhausted)
    budget.spend(1, now: 50_000_000)
    #expect(budget.isExhausted)
    budget.spend(0, now: 250_000_000)
    #expect(!budget.isExhausted)
    budget.spend(10, now: 3_600_000_000_000)
    #expect(!budget.isExhausted)
    budget.spend(1, now: 3_600_000_000_000)
    #expect(budget.isExhausted)
  }

  @Test func `earns with answers and content`() {
    var configuration = HTTP2Configuration()
    configuration.frameBurst = 10
    var budget = FrameBudget(configuration, now: 0)
    budget.spend(11, now: 0)
    budget.sent(2047)
    #expect(budget.isExhausted)
    budget.sent(1)
    #expect(!budget.isExhausted)
    budget.earn(FrameBudget.answer)
    budget.spend(4, now: 0)
    #expect(!budget.isExhausted)
  }
}
