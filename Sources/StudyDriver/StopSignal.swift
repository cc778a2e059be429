// The C library fills structures in place: each pointer is to a local that outlives its call.
internal import Glibc

/// The wish that everything ends, which every wait of this module hears.
public final class StopSignal: Sendable {
  /// Ready for reading once the signal was given; -1 where the system had no descriptors left.
  let descriptor: Int32
  private let writer: Int32

  /// Makes a signal that was not given yet.
  public init() {
    var ends: [Int32] = [-1, -1]
    // One call, so that no program that is started meanwhile inherits the ends.
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    if unsafe socketpair(AF_UNIX, kind, 0, &ends) != 0 { ends = [-1, -1] }
    (descriptor, writer) = (ends[0], ends[1])
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if writer >= 0 { close(writer) }
  }

  /// Gives the signal, once and for all.
  public func fire() {
    var byte: UInt8 = 1
    // The byte is never read, so the other end stays ready.
    _ = unsafe write(writer, &byte, 1)
  }

  /// Whether the signal was given.
  public var isFired: Bool { sleep(milliseconds: 0) }

  /// Sleeps for that long, or until the signal is given.
  ///
  /// - Parameter milliseconds: How long.
  /// - Returns: Whether the signal was given.
  @discardableResult
  public func sleep(milliseconds: Int) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&request, 1, Int32(clamping: milliseconds)) > 0
  }
}
