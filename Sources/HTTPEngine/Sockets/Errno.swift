internal import Glibc

/// The error numbers that decide something.
enum Errno {
  static var wouldBlock: Int32 { EAGAIN }
  static var brokenPipe: Int32 { EPIPE }
  static var protocolError: Int32 { EPROTO }

  /// Errors of accept(2) that last: descriptors or memory have run out.
  static func isExhaustion(_ errno: Int32) -> Bool {
    errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM
  }
}
