// The C library's streams are shared mutable state: descriptors 1 and 2 are written directly.
import Glibc

/// Whole writes to the standard descriptors.
enum StandardStream: Int32 {
  /// What the program was asked for.
  case output = 1
  /// What the user should know besides.
  case error = 2

  /// Writes all bytes; false when the reader is gone.
  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      // The pointer is used only inside the closure, for the bytes that are left.
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(rawValue, $0.baseAddress?.advanced(by: sent), $0.count - sent)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  /// Writes one line.
  @discardableResult
  func writeLine(_ line: String) -> Bool { write(Array((line + "\n").utf8)) }
}
