import Foundation
import TestSupport

/// Certificates and keys of a throw-away authority, made once for a test run.
final class TestCertificates: Sendable {
  static let shared = try? TestCertificates()

  private let files: ServiceCertificates

  private init() throws {
    files = try ServiceCertificates()
    let hosts = ["subjectAltName=DNS:localhost,IP:127.0.0.1"]
    try files.make("stranger", extensions: ["basicConstraints=critical,CA:TRUE"], signer: nil)
    try files.make("server2", extensions: hosts)
    try files.make("rsa", key: ["rsa:2048"], extensions: hosts)
    try files.make(
      "client",
      extensions: ["subjectAltName=DNS:a.test,email:b@c.test,URI:spiffe://d.test/e,IP:127.0.0.1"])
    try files.make("intruder", extensions: [], signer: "stranger")
    try Data("not a certificate\n".utf8).write(to: files.url("broken.pem"))
    // A value that lives as long as the process is never let go.
    atexit { TestCertificates.shared?.files.remove() }
  }

  /// The path of a file: `authority`, `stranger`, `server`, `server2`, `rsa`, `client`, `intruder`
  /// with `.pem` and `.key`, and `broken.pem`.
  func path(_ file: String) -> String { files.url(file).path }
}
