internal import COpenSSLShim
internal import Locking

/// A keyring that OpenSSL asks on any thread.
final class TicketKeys: Sendable {
  private let ring: Locked<TicketKeyring>

  init(lifetime: Duration) { ring = Locked(TicketKeyring(lifetime: lifetime.nanoseconds)) }

  /// Answers `copenssl_ticket_source`.
  ///
  /// Safety: `owner` is a TicketKeys that its context keeps alive, a name has 16 bytes, and `key`
  /// is a local of the caller's.
  static let source: copenssl_ticket_source = { owner, name, key in
    guard let owner = unsafe owner, let key = unsafe key else { return 0 }
    let keys = unsafe Unmanaged<TicketKeys>.fromOpaque(owner).takeUnretainedValue()
    guard let name = unsafe name else {
      unsafe keys.sealing().copy(to: key)
      return 1
    }
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: name, count: 16))
    guard let (found, isOld) = keys.opening(bytes) else { return 0 }
    unsafe found.copy(to: key)
    return isOld ? 2 : 1
  }

  private func sealing() -> TicketKeyring.Key {
    // The system's generator is the kernel's, which is fit for keys.
    var generator = SystemRandomNumberGenerator()
    return ring.withLock { $0.sealingKey(now: MonotonicClock.now, using: &generator) }
  }

  private func opening(_ name: [UInt8]) -> (key: TicketKeyring.Key, isOld: Bool)? {
    ring.withLock { $0.openingKey(named: name, now: MonotonicClock.now) }
  }
}

extension TicketKeyring.Key {
  fileprivate func copy(to key: UnsafeMutablePointer<copenssl_ticket_key>) {
    // The three arrays have the sizes of the C fields, and withUnsafeMutableBytes gives those.
    unsafe withUnsafeMutableBytes(of: &key.pointee.name) { unsafe $0.copyBytes(from: name) }
    unsafe withUnsafeMutableBytes(of: &key.pointee.encryption) {
      unsafe $0.copyBytes(from: encryption)
    }
    unsafe withUnsafeMutableBytes(of: &key.pointee.authentication) {
      unsafe $0.copyBytes(from: authentication)
    }
  }
}
