extension ServiceConfiguration {
  /// What the values have against each other.
  var conflicts: [ConfigurationError.Fault] { sizeConflicts + encryptionConflicts + portConflicts }

  private var sizeConflicts: [ConfigurationError.Fault] {
    let largest = max(maximumBodyBytes, maximumJSONBodyBytes, maximumChunkedBodyBytes)
    guard inFlightBytes < largest else { return [] }
    return [
      conflict(
        "in_flight_bytes", "must be at least the largest body that is accepted, \(largest) bytes")
    ]
  }

  private var encryptionConflicts: [ConfigurationError.Fault] {
    var faults: [ConfigurationError.Fault] = []
    if (tlsCertificate == nil) != (tlsKey == nil) {
      faults.append(conflict("tls_certificate", "certificate and key go together"))
    }
    if tlsClientCA != nil && tlsCertificate == nil {
      faults.append(conflict("tls_client_ca", "needs a certificate of the server's own"))
    }
    return faults
  }

  /// Loops share ports, so the kernel might not refuse: clients would meet either listener.
  private var portConflicts: [ConfigurationError.Fault] {
    let ports = ServiceListener.allCases.compactMap { $0.address(self)?.port }.filter { $0 != 0 }
    guard Set(ports).count == ports.count else {
      return [conflict("port", "listeners must have different ports")]
    }
    let hasData = port != nil || tlsCertificate != nil || unixSocket != nil
    return hasData ? [] : [conflict("port", "is empty, so there must be TLS or a Unix socket")]
  }

  private func conflict(_ name: String, _ reason: String) -> ConfigurationError.Fault {
    .init(code: .conflict, name: name, reason: reason)
  }
}
