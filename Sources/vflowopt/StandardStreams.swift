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
  func write(_ bytes: RawSpan) -> Bool {
    var sent = 0
    while sent < bytes.byteCount {
      let rest = bytes.extracting(droppingFirst: sent)
      // The buffer pointer is used only while `rest` is borrowed.
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(rawValue, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  /// Writes one line.
  @discardableResult
  func writeLine(_ line: String) -> Bool { write(Array((line + "\n").utf8).span.bytes) }
}
