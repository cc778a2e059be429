/// A new key: 256 random bits, so that a plain SHA-256 of it can be kept and nobody can guess back.
///
/// Passwords would need a slow hash; keys are made here and never chosen by people.
package struct APIKey: Sendable {
  /// What the client sends: a prefix by which scanners find leaked keys, and 43 characters.
  package let text: String

  /// Draws a key from the system's random source.
  package init() {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    text = Self.prefix + Self.base64URL(bytes)
  }

  /// The entry of the keys file that lets the key in.
  ///
  /// - Parameters:
  ///   - name: What logs call its owner.
  ///   - scopes: What its owner may do.
  /// - Returns: Lines of TOML.
  package func entry(name: String, scopes: [AccessScope]) -> String {
    let scopes = scopes.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    return """
      [[client]]
      name = "\(name)"
      scopes = [\(scopes)]
      sha256 = "\(SHA256Digest(of: text.utf8).hexadecimal)"
      """
  }

  /// Whether a name can stand in the keys file and in logs: 1 to 64 of `A-Z a-z 0-9 . _ @ -`.
  package static func isName(_ text: String) -> Bool {
    let bytes = text.utf8
    return (1...64).contains(bytes.count)
      && bytes.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x40...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
      }
  }

  static let prefix = "vflowopt_"

  /// RFC 4648 §5 without padding: no character that a header, a URL or a shell minds.
  private static func base64URL(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var (text, buffer, bits): ([UInt8], Int, Int) = ([], 0, 0)
    for byte in bytes {
      buffer = buffer << 8 | Int(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        text.append(alphabet[buffer >> bits & 63])
      }
      buffer &= (1 << bits) - 1
    }
    if bits > 0 { text.append(alphabet[buffer << (6 - bits) & 63]) }
    return String(decoding: text, as: UTF8.self)
  }
}
