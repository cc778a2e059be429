import HTTPEngine

/// Where a listener of a running service is reached.
package struct ServiceAddress: Sendable, Equatable {
  /// The listener's name in logs: `main`, `tls`, `admin`.
  package let listener: String
  /// Host and port, as in a URL.
  package let authority: String

  init(_ address: BoundAddress) {
    listener = address.listener
    authority = address.authority
  }

  /// What the program prints when it is ready: `listening on http://127.0.0.1:8080`.
  package var line: String {
    let scheme = listener == ServiceListener.tls.rawValue ? "https" : "http"
    let note = listener == ServiceListener.admin.rawValue ? " (admin)" : ""
    return "listening on \(scheme)://\(authority)\(note)"
  }
}
