import HTTPEngine

/// Where a listener of a running service is reached.
package struct ServiceAddress: Sendable, Equatable {
  /// The listener's name in logs: `main`, `tls`, `unix`, `admin`.
  package let listener: String
  /// Host and port as in a URL, or `unix:` and a path.
  package let authority: String
  private let scheme: String

  init(_ address: BoundAddress) {
    listener = address.listener
    authority = address.authority
    scheme = address.path != nil ? "" : address.isTLS ? "https://" : "http://"
  }

  /// What the program prints when it is ready: `listening on http://127.0.0.1:8080`.
  package var line: String {
    let note = listener == ServiceListener.admin.rawValue ? " (admin)" : ""
    return "listening on \(scheme)\(authority)\(note)"
  }
}
