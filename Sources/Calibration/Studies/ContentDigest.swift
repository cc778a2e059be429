internal import COpenSSL

/// A SHA-256 digest of content, to tell data and versions apart.
struct ContentDigest {
  private var bytes: [UInt8] = []

  /// Adds values as little-endian binary32, as a raw file would hold them.
  mutating func append(_ values: [Float]) {
    bytes.reserveCapacity(bytes.count + 4 * values.count)
    for value in values {
      let bits = value.bitPattern
      bytes.append(UInt8(truncatingIfNeeded: bits))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 24))
    }
  }

  /// Adds texts, each on a line of its own.
  mutating func append(texts: [String]) {
    for text in texts {
      bytes += Array(text.utf8)
      bytes.append(0x0A)
    }
  }

  /// Adds bytes.
  mutating func append(_ content: [UInt8]) { bytes += content }

  /// Lowercase hexadecimal digits of the first `count` bytes of the digest.
  func hexadecimal(_ count: Int = 32) -> String {
    // SHA256 reads the bytes of the array, which lives across the call, and writes exactly
    // SHA256_DIGEST_LENGTH bytes.
    let digest = unsafe [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) {
      _ = unsafe SHA256(bytes, bytes.count, $0.baseAddress)
      $1 = Int(SHA256_DIGEST_LENGTH)
    }
    let digits = Array("0123456789abcdef".utf8)
    let text = digest.prefix(count).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }
}
