internal import COpenSSL

/// A SHA-256 digest that is compared in constant time.
struct SHA256Digest: Sendable, Equatable {
  private let bytes: [UInt8]

  /// Hashes bytes.
  init(of content: some Collection<UInt8>) {
    bytes = Self.bytes(of: Array(content))
  }

  /// The 32 bytes of the digest of bytes.
  static func bytes(of content: [UInt8]) -> [UInt8] {
    // EVP_Digest reads the bytes of the array, which lives across the call, and writes exactly
    // SHA256_DIGEST_LENGTH bytes.
    unsafe [UInt8](unsafeUninitializedCapacity: Self.length) { hash, count in
      let isDone = unsafe EVP_Digest(
        content, content.count, hash.baseAddress, nil, algorithm, nil)
      // Without memory only; a digest that is not one must not be compared with anything.
      precondition(isDone == 1, "a digest takes some bytes of memory")
      count = Self.length
    }
  }

  // Looked up once: `SHA256` asks OpenSSL's providers for it each time, under their locks.
  // nonisolated(unsafe): the pointer is set once, and what it points at is never changed or freed, so
  // that any thread may read it (an EVP_MD is made to be shared).
  nonisolated(unsafe) private static let algorithm =
    unsafe EVP_MD_fetch(nil, "SHA256", nil) ?? EVP_sha256()

  /// Reads 64 hexadecimal digits; nil when the text is something else.
  init?(hexadecimal text: some StringProtocol) {
    let nibbles = text.utf8.map(Self.nibble)
    guard nibbles.count == 2 * Self.length else { return nil }
    var bytes: [UInt8] = []
    for index in 0..<Self.length {
      guard let high = nibbles[2 * index], let low = nibbles[2 * index + 1] else { return nil }
      bytes.append(high << 4 | low)
    }
    self.bytes = bytes
  }

  /// 64 lowercase hexadecimal digits.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  /// Equality in a time that does not depend on where the digests differ.
  static func == (left: Self, right: Self) -> Bool {
    // Both arrays have SHA256_DIGEST_LENGTH bytes by construction and live across the call.
    unsafe CRYPTO_memcmp(left.bytes, right.bytes, length) == 0
  }

  private static let length = Int(SHA256_DIGEST_LENGTH)

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }
}
