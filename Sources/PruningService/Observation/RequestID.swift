import HTTPEngine
import Synchronization

/// What joins an answer, a log record and a problem document.
package struct RequestID: Sendable, Hashable {
  private enum Origin: Sendable, Hashable {
    case proposed(String)
    case made(UInt64, UInt64)
  }

  private let origin: Origin

  /// Takes a client's own identifier if it is harmless, else makes one of 128 bits.
  ///
  /// - Parameter proposal: The value of `X-Request-Id`, if there was one.
  package init(proposal: String?) {
    if let proposal, Self.isAcceptable(proposal) {
      origin = .proposed(proposal)
      return
    }
    let number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
    origin = .made(Self.mix(Self.seeds.0 &+ number), Self.mix(Self.seeds.1 ^ number))
  }

  /// The identifier on the wire.
  package var text: String {
    switch origin {
    case .proposed(let text): return text
    case .made(let high, let low):
      let digits = IdentifierField.digits(high, low)
      // The pointer is used only inside the closure.
      return unsafe digits.span.withUnsafeBufferPointer {
        unsafe String(decoding: $0, as: UTF8.self)
      }
    }
  }

  /// Calls `use` with the identifier on the wire, without making a string of digits.
  func withBytes(_ use: (Span<UInt8>) -> Void) {
    switch origin {
    case .proposed(let text): use(text.utf8.span)
    case .made(let high, let low): use(IdentifierField.digits(high, low).span)
    }
  }

  /// The identifier as a line of its own; nil if it is a client's.
  var field: IdentifierField? {
    guard case .made(let high, let low) = origin else { return nil }
    return IdentifierField("X-Request-Id", high, low)
  }

  // One request to the system for random bits per process: both halves are bijections of a count,
  // so that identifiers never repeat within a process, and collide between two only by chance.
  private static let seeds = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
  private static let count = Atomic<UInt64>(0)

  /// The finaliser of SplitMix64: a bijection that spreads each bit over all others.
  private static func mix(_ value: UInt64) -> UInt64 {
    var bits = value &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// 1 to 128 characters of `A-Z a-z 0-9 . _ -`: nothing that could break a log line or a field.
  static func isAcceptable(_ text: String) -> Bool {
    let bytes = text.utf8
    guard (1...128).contains(bytes.count) else { return false }
    return bytes.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
      default: false
      }
    }
  }
}
