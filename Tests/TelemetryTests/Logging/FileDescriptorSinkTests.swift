import Glibc
import Testing

@testable import Telemetry

@Suite(.timeLimit(.minutes(15)))
struct FileDescriptorSinkTests {
  @Test func `writes whole lines at or above its level`() throws {
    let pipe = try Channel.pipe()
    let sink = FileDescriptorSink(
      descriptor: pipe.writer, formatter: KeyValueFormatter(), minimumLevel: .notice)
    sink.write(LogRecord(at: 0, .info, "no"))
    sink.write(LogRecord(at: 0, .notice, "yes"))
    sink.write(LogRecord(at: 0, .error, "also"))
    #expect(
      pipe.read() == """
        time=1970-01-01T00:00:00.000Z level=notice message=yes
        time=1970-01-01T00:00:00.000Z level=error message=also

        """)
    #expect(sink.droppedRecords == 0)
  }

  @Test(arguments: [false, true]) func `drops rather than waits`(isSocket: Bool) throws {
    let channel = try isSocket ? Channel.socketPair() : Channel.pipe()
    let sink = FileDescriptorSink(descriptor: channel.writer, formatter: JSONLineFormatter())
    let record = LogRecord(
      at: 0, .info, "filling", ["text": .string(String(repeating: "x", count: 400))])
    for _ in 0..<5000 where sink.droppedRecords < 10 { sink.write(record) }
    #expect(sink.droppedRecords == 10)
    let before = channel.read()
    #expect(!before.isEmpty)
    sink.write(LogRecord(at: 0, .info, "after"))
    #expect(sink.droppedRecords == 10)
    // A line that was cut off is ended before the next begins.
    let text = before + channel.read()
    #expect(text.hasSuffix("\"message\":\"after\"}\n"))
    let whole = text.split(separator: "\n").filter { $0.hasPrefix("{") && $0.hasSuffix("}") }
    #expect(text.split(separator: "\n").count - whole.count <= 1)
  }

  @Test func `drops a line that a pipe would not take whole`() throws {
    let pipe = try Channel.pipe()
    let sink = FileDescriptorSink(descriptor: pipe.writer, formatter: JSONLineFormatter())
    let value = LogValue.string(String(repeating: "x", count: 511))
    sink.write(
      LogRecord(at: 0, .error, "big", fields: (0..<9).map { (key: "k\($0)", value: value) }))
    #expect(sink.droppedRecords == 1)
    #expect(pipe.read().isEmpty)
  }

  @Test func `counts records for a closed descriptor`() {
    let sink = FileDescriptorSink(descriptor: -1, formatter: JSONLineFormatter())
    sink.write(LogRecord(at: 0, .error, "lost"))
    #expect(sink.droppedRecords == 1)
  }

  @Test func `lines of several threads do not mix`() async throws {
    let pipe = try Channel.pipe()
    let sink = FileDescriptorSink(descriptor: pipe.writer, formatter: JSONLineFormatter())
    await inParallel {
      for index in 0..<100 { sink.write(LogRecord(at: 0, .info, "line", ["i": .integer(index)])) }
    }
    let lines = pipe.read().split(separator: "\n")
    #expect(lines.count + Int(sink.droppedRecords) == 400)
    #expect(lines.allSatisfy { $0.hasPrefix("{\"time\"") && $0.hasSuffix("}") })
  }

  @Test func `the null sink takes anything`() {
    NullLogSink().write(LogRecord(at: 0, .error, "x"))
    #expect(NullLogSink().minimumLevel == .error)
  }
}

/// Two connected descriptors, closed when the last reference goes.
private final class Channel: Sendable {
  let reader: Int32
  let writer: Int32

  private init(_ descriptors: [Int32]) throws {
    reader = descriptors[0]
    writer = descriptors[1]
    #expect(fcntl(reader, F_SETFL, O_NONBLOCK) == 0)
  }

  deinit {
    close(reader)
    close(writer)
  }

  static func pipe() throws -> Channel {
    var descriptors: [Int32] = [-1, -1]
    // Safe: the array has the two elements that the call fills.
    try #require(unsafe Glibc.pipe(&descriptors) == 0)
    return try Channel(descriptors)
  }

  static func socketPair() throws -> Channel {
    var descriptors: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue)
    // Safe: the array has the two elements that the call fills.
    try #require(unsafe socketpair(AF_UNIX, kind, 0, &descriptors) == 0)
    return try Channel(descriptors)
  }

  /// Everything that has been written and not yet read.
  func read() -> String {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      // Safe: the pointer lives for the call and the count is the array's.
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe Glibc.read(reader, $0.baseAddress, $0.count)
      }
      guard count > 0 else { return String(decoding: text, as: UTF8.self) }
      text += buffer.prefix(count)
    }
  }
}
