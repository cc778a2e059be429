import HTTPEngine

/// A strong validator of content (RFC 9110 §8.8.3): equal for equal bytes, in every process.
struct EntityTag: Equatable {
  private let hash: UInt64

  /// Hashes the content with FNV-1a, 64 bits: it tells versions apart, it keeps no secrets.
  init(of content: [UInt8]) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in content { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    self.hash = hash
  }

  /// Hashes the content of an answer; nil where it is not at hand.
  init?(of body: ResponseBody) {
    switch body {
    case .bytes(let bytes): self.init(of: bytes)
    case .buffer(let buffer):
      // The pointer is used only inside the closure.
      self.init(of: unsafe buffer.bytes.withUnsafeBytes { unsafe Array($0) })
    case .empty, .stream: return nil
    }
  }

  /// 16 hexadecimal digits in quotes.
  var fieldValue: String { fieldValue(of: .identity) }

  /// The tag of the content in a content coding, whose bytes are others: it names the coding, too.
  func fieldValue(of coding: ContentEncoding) -> String {
    let digits = String(hash, radix: 16)
    let suffix = coding == .identity ? "" : "-\(coding.token)"
    return "\"\(String(repeating: "0", count: 16 - digits.count))\(digits)\(suffix)\""
  }
}
