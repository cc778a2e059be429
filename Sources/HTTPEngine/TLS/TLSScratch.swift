/// Memory that the TLS connections of one loop use in turn.
final class TLSScratch {
  /// What the socket gives in one call.
  let ciphertext = ReadBuffer(capacity: 256 << 10)
  /// What the sessions read and write.
  let channel = TLSChannel()
}
