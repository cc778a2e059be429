internal import COpenSSLShim

/// Where the sessions of one loop read ciphertext from and write it to.
///
/// Safety: made here, freed in `deinit`, used by one thread; input is lent for the length of one
/// call of a session and taken back before it returns.
@safe
final class TLSChannel {
  let handle: UnsafeMutablePointer<copenssl_channel>

  /// Makes an empty channel.
  init() {
    guard let made = unsafe copenssl_channel_new() else {
      preconditionFailure("a few bytes of memory are always there")
    }
    unsafe handle = made
  }

  deinit { unsafe copenssl_channel_free(handle) }

  /// Lets a session read these bytes.
  func lend(_ bytes: UnsafeRawBufferPointer) {
    unsafe handle.pointee.input = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe handle.pointee.input_count = bytes.count
  }

  /// The lent bytes that were not read.
  var unread: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(
      start: handle.pointee.input, count: handle.pointee.input_count)
  }

  /// Nothing is lent any more.
  func takeBack() {
    unsafe handle.pointee.input = nil
    unsafe handle.pointee.input_count = 0
  }

  /// The ciphertext written since the last `clear`.
  var output: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(
      start: handle.pointee.output, count: handle.pointee.output_count)
  }

  func clear() { unsafe handle.pointee.output_count = 0 }
}
