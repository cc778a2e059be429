import Glibc

/// How much of a limited supply one client may hold while others may want some.
///
/// The rule of dynamic thresholds (Choudhury and Hahne, 1998): a client may hold up to a fixed
/// multiple of what is still free. One client alone gets the configured share, two get less each,
/// and whoever holds nothing always finds some left. Nothing needs to be remembered of clients
/// that hold nothing.
struct ClientShare: Sendable {
  /// The multiple; nil leaves clients unbounded.
  private let multiple: Double?

  /// A rule by what a single client may hold of a supply that nobody else uses.
  init(percent: Int) {
    multiple = percent >= 100 ? nil : Double(percent) / Double(100 - percent)
  }

  /// Whether a client may hold `held` when `free` is left.
  func allows(_ held: Int, free: Int) -> Bool {
    guard let multiple else { return true }
    return Double(held) <= multiple * Double(free)
  }

  /// The most that a client may hold when `others` of a supply are taken.
  func most(of supply: Int, others: Int) -> Int {
    guard let multiple else { return max(supply - others, 0) }
    return Int(Double(max(supply - others, 0)) * multiple / (1 + multiple))
  }
}

/// Who shares a share: a name that was proved, else a user, else a network address.
enum ClientKey: Sendable, Hashable {
  /// A name, a user or an IPv4 address.
  case identity(ClientIdentity)
  /// The first half of an IPv6 address: whoever has one address has the whole network.
  case network(UInt64)

  init(_ client: ClientIdentity) {
    guard case .address(let text) = client, let network = Self.network(of: text) else {
      self = .identity(client)
      return
    }
    self = .network(network)
  }

  /// The first 64 bits of an IPv6 address; nil for any other text and for IPv4 in disguise.
  private static func network(of text: String) -> UInt64? {
    guard text.utf8.contains(0x3A) else { return nil }
    var address = in6_addr()
    // A zone ("%eth0") is not part of the number.
    let digits = String(text.prefix { $0 != "%" })
    // The pointer lives for the call only.
    guard unsafe inet_pton(AF_INET6, digits, &address) == 1 else { return nil }
    let words = unsafe address.__in6_u.__u6_addr32
    guard words.0 != 0 || words.1 != 0 || words.2 != UInt32(0xFFFF).bigEndian else { return nil }
    return UInt64(UInt32(bigEndian: words.0)) << 32 | UInt64(UInt32(bigEndian: words.1))
  }
}
