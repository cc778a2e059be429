import Locking
import Testing

@testable import Telemetry

@Suite struct AdjustableLogSinkTests {
  private final class Collected: LogSink {
    let minimumLevel: LogLevel
    private let levels = Locked<[LogLevel]>([])

    init(_ minimumLevel: LogLevel) { self.minimumLevel = minimumLevel }

    func write(_ record: LogRecord) { levels.withLock { $0.append(record.level) } }

    var all: [LogLevel] { levels.withLock { $0 } }
  }

  @Test(arguments: LogLevel.allCases)
  func `records pass from the level that is set last`(level: LogLevel) {
    let collected = Collected(.trace)
    let sink = AdjustableLogSink(collected, minimumLevel: .error)
    sink.setMinimumLevel(level)
    #expect(sink.minimumLevel == level)
    for each in LogLevel.allCases { sink.write(LogRecord(at: 0, each, "something happened")) }
    #expect(collected.all == LogLevel.allCases.filter { $0 >= level })
  }

  @Test func `the level of the sink behind still holds`() {
    let sink = AdjustableLogSink(Collected(.notice), minimumLevel: .trace)
    #expect(sink.minimumLevel == .notice)
  }
}
