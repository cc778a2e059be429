internal import Glibc
internal import Locking
internal import Synchronization

/// Writes each record to a descriptor with one call, and drops it rather than wait.
///
/// A reader that stops reading must not stop the service: a record that the descriptor does not
/// take at once is dropped and counted. The descriptor is neither made non-blocking, which would
/// change it for every process that shares it, nor closed. The process ignores SIGPIPE.
public final class FileDescriptorSink: LogSink {
  /// The longest line: pipes that report room take this much whole (`PIPE_BUF`).
  static let maximumLineBytes = 4096

  /// Records below this level are dropped.
  public let minimumLevel: LogLevel

  private let descriptor: Int32
  private let isSocket: Bool
  private let formatter: any LogFormatter
  private let drops = Atomic<UInt64>(0)
  // Whether the last line was written in part, so that the next one must start afresh.
  private let isTorn = Locked(false)

  /// Makes a sink over an open descriptor, such as 2.
  public init(
    descriptor: Int32, formatter: any LogFormatter, minimumLevel: LogLevel = .info
  ) {
    self.descriptor = descriptor
    self.formatter = formatter
    self.minimumLevel = minimumLevel
    var information = stat()
    let result = unsafe fstat(descriptor, &information)
    isSocket = result == 0 && information.st_mode & S_IFMT == S_IFSOCK
  }

  /// How many records were dropped because the descriptor would not take them.
  public var droppedRecords: UInt64 { drops.load(ordering: .relaxed) }

  /// Writes a record, or drops it.
  public func write(_ record: LogRecord) {
    guard record.level >= minimumLevel else { return }
    var line: [UInt8] = []
    line.reserveCapacity(512)
    formatter.append(record, to: &line)
    let isWritten = isTorn.withLock { isTorn in
      let text = isTorn ? [UInt8(ascii: "\n")] + line : line
      guard text.count <= Self.maximumLineBytes else { return false }
      let written = writeOnce(text)
      if written > 0 { isTorn = written < text.count }
      return written == text.count
    }
    if !isWritten { drops.wrappingAdd(1, ordering: .relaxed) }
  }

  /// Writes what is taken at once; returns the number of bytes, 0 if none.
  private func writeOnce(_ bytes: [UInt8]) -> Int {
    guard isSocket || hasRoom() else { return 0 }
    // Safe: the pointer lives for the call and the count is the array's.
    return unsafe bytes.withUnsafeBytes { bytes in
      while true {
        let count =
          isSocket
          ? unsafe send(
            descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
          : unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        if count < 0 && errno == EINTR { continue }
        return max(count, 0)
      }
    }
  }

  // Under the lock, so that no other record takes the room that was found.
  private func hasRoom() -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while true {
      let ready = unsafe poll(&request, 1, 0)
      if ready < 0 && errno == EINTR { continue }
      return ready > 0 && request.revents & Int16(POLLOUT) != 0
    }
  }
}
