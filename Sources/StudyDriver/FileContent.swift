// Calls of the C library: each pointer is to an array that outlives its call.
internal import Glibc

/// Whole files.
public enum FileContent {
  /// Reads a file.
  ///
  /// - Parameter path: Its path.
  /// - Returns: Its bytes.
  /// - Throws: ``StudyDriverError/Code/unusableFile``.
  public static func read(_ path: String) throws(StudyDriverError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw StudyDriverError(.unusableFile, "\(path) cannot be read")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0, bytes.count + count <= HTTPAnswerReader.maximumBodyBytes else {
        throw StudyDriverError(.unusableFile, "\(path) cannot be read, or is too large")
      }
      if count == 0 { return bytes }
      bytes += chunk.prefix(count)
    }
  }

  /// Writes a file, or replaces it, so that nobody ever sees half of it.
  ///
  /// - Parameters:
  ///   - bytes: Its content.
  ///   - path: Its path.
  /// - Throws: ``StudyDriverError/Code/unusableFile``.
  public static func write(_ bytes: [UInt8], to path: String) throws(StudyDriverError) {
    let draft = "\(path).\(getpid()).new"
    let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw StudyDriverError(.unusableFile, "\(path) cannot be written")
    }
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(
          descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      written += count
    }
    guard close(descriptor) == 0, written == bytes.count, unsafe rename(draft, path) == 0 else {
      unsafe unlink(draft)
      throw StudyDriverError(.unusableFile, "\(path) cannot be written")
    }
  }
}
