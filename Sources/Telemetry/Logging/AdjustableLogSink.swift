internal import Synchronization

/// Passes records on from a level that can change while the process runs.
public final class AdjustableLogSink: LogSink {
  private let sink: any LogSink
  private let index: Atomic<Int>

  /// Puts a level before a sink.
  ///
  /// - Parameters:
  ///   - sink: Where records go; its own level still holds.
  ///   - minimumLevel: The first level.
  public init(_ sink: any LogSink, minimumLevel: LogLevel) {
    self.sink = sink
    index = Atomic(Self.index(of: minimumLevel))
  }

  /// Records below this level are dropped.
  public var minimumLevel: LogLevel {
    max(LogLevel.allCases[index.load(ordering: .relaxed)], sink.minimumLevel)
  }

  /// How many records the sink behind has lost.
  public var droppedRecords: UInt64 { sink.droppedRecords }

  /// Changes the level from the next record on.
  public func setMinimumLevel(_ level: LogLevel) {
    index.store(Self.index(of: level), ordering: .relaxed)
  }

  /// Passes a record on, or drops it.
  public func write(_ record: LogRecord) {
    guard record.level >= minimumLevel else { return }
    sink.write(record)
  }

  private static func index(of level: LogLevel) -> Int {
    LogLevel.allCases.firstIndex(of: level) ?? 0
  }
}
