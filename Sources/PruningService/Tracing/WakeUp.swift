// The C library fills structures in place: each pointer is to a local that outlives its call.
import Glibc

/// A sleep that can be cut short, once and for all.
final class WakeUp: Sendable {
  let reader: Int32
  let writer: Int32

  /// Takes two descriptors; where the system has none left, sleeps end at once.
  init() {
    var ends: [Int32] = [-1, -1]
    // A pipe would take two calls to be kept from programs that are started meanwhile.
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    if unsafe socketpair(AF_UNIX, kind, 0, &ends) != 0 { ends = [-1, -1] }
    (reader, writer) = (ends[0], ends[1])
  }

  deinit {
    if reader >= 0 { close(reader) }
    if writer >= 0 { close(writer) }
  }

  /// Ends the present sleep and all later ones.
  func fire() {
    var byte: UInt8 = 1
    // The byte is never read, so the other end stays ready.
    _ = unsafe write(writer, &byte, 1)
  }

  /// Sleeps for that long, or until someone fires.
  func sleep(milliseconds: Int32) {
    guard reader >= 0 else { return }
    var request = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
    _ = unsafe poll(&request, 1, milliseconds)
  }
}
