import Foundation
import HTTPEngine

extension ConnectionInfo {
  /// The user at the other end of a Unix-domain socket; nil if it may be any of several.
  var knownUser: UInt32? { knownUser(overflow: OverflowUser.number) }

  /// Whether memory is shared with the client that sends this connection's requests.
  ///
  /// It must be on this machine, as far as its address tells, and be somebody: users that the user
  /// namespace does not map all have one number, so that nothing but a credential tells them apart.
  func sharesMemory(as client: ClientIdentity) -> Bool {
    sharesMemory(as: client, overflow: OverflowUser.number)
  }

  func knownUser(overflow: UInt32) -> UInt32? {
    process.flatMap { $0.userID == overflow ? nil : $0.userID }
  }

  func sharesMemory(as client: ClientIdentity, overflow: UInt32) -> Bool {
    guard process != nil else { return Self.isLoopback(peer) }
    return switch client {
    case .key, .certificate: true
    case .user, .userID, .address: knownUser(overflow: overflow) != nil
    }
  }

  /// Whether an address is one of this machine's own.
  static func isLoopback(_ address: String) -> Bool {
    address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
  }
}

/// The number that the kernel gives for users that a user namespace does not map.
private enum OverflowUser {
  static let number: UInt32 = {
    let text = try? String(contentsOfFile: "/proc/sys/kernel/overflowuid", encoding: .utf8)
    return text.flatMap { UInt32($0.prefix { $0.isNumber }) } ?? 65_534
  }()
}

extension ClientKey {
  /// Who owns regions: all addresses of the loopback network are the same machine's.
  ///
  /// Anybody there can take any of them, so each would be a share of its own for nothing.
  var ofRegions: ClientKey {
    switch self {
    case .identity(.address(let address)) where ConnectionInfo.isLoopback(address): .loopback
    // The only address of that network that a client can have is ::1.
    case .network(0): .loopback
    case .identity, .network: self
    }
  }

  private static let loopback = ClientKey.identity(.address("127.0.0.1"))
}
