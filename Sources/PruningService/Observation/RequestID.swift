import Synchronization

/// What joins an answer, a log record and a problem document.
package struct RequestID: Sendable, Hashable {
  /// The identifier on the wire.
  package let text: String

  /// Takes a client's own identifier if it is harmless, else makes one of 128 bits.
  ///
  /// - Parameter proposal: The value of `X-Request-Id`, if there was one.
  package init(proposal: String?) {
    if let proposal, Self.isAcceptable(proposal) {
      text = proposal
      return
    }
    let number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
    text = Self.hex(Self.mix(Self.seeds.0 &+ number), Self.mix(Self.seeds.1 ^ number))
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

  private static func hex(_ high: UInt64, _ low: UInt64) -> String {
    // 32 digits from initialised bytes only; the capacity is the exact length.
    unsafe String(unsafeUninitializedCapacity: 32) { digits in
      for index in 0..<32 {
        let word = index < 16 ? high : low
        let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - (index & 15) * 4)) & 15
        unsafe digits[index] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
      }
      return 32
    }
  }
}
