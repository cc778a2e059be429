/// Where log records go.
public protocol LogSink: Sendable {
  /// Records below this level are not wanted; ask before making one that is dear.
  var minimumLevel: LogLevel { get }

  /// How many wanted records were lost.
  var droppedRecords: UInt64 { get }

  /// Takes a record; drops it below the minimum level. Must not block.
  func write(_ record: LogRecord)
}

extension LogSink {
  /// None, for sinks that take everything.
  public var droppedRecords: UInt64 { 0 }
}

/// A sink that keeps nothing.
public struct NullLogSink: LogSink {
  /// The highest level: nearly nothing is wanted.
  public var minimumLevel: LogLevel { .error }

  /// Makes the sink.
  public init() {}

  /// Drops the record.
  public func write(_ record: LogRecord) {}
}
