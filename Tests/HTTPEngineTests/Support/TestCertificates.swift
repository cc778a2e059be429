import Foundation

/// Certificates and keys of a throw-away authority, made once for a test run by the openssl tool.
final class TestCertificates: Sendable {
  static let shared = try? TestCertificates()

  private let folder: URL

  private init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // Without the system's configuration nobody becomes an authority by default.
    try Data("[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=unused\n".utf8)
      .write(to: folder.appending(path: "openssl.cnf"))
    for authority in ["authority", "stranger"] {
      try make(authority, extensions: ["basicConstraints=critical,CA:TRUE"], signer: nil)
    }
    let hosts = ["subjectAltName=DNS:localhost,IP:127.0.0.1"]
    try make("server", extensions: hosts)
    try make("server2", extensions: hosts)
    try make("rsa", key: ["rsa:2048"], extensions: hosts)
    try make(
      "client",
      extensions: ["subjectAltName=DNS:a.test,email:b@c.test,URI:spiffe://d.test/e,IP:127.0.0.1"])
    try make("intruder", extensions: [], signer: "stranger")
    // The library's own bound on a certificate's names is far above this.
    try Data("not a certificate\n".utf8).write(to: folder.appending(path: "broken.pem"))
    atexit {
      try? TestCertificates.shared.map { try FileManager.default.removeItem(at: $0.folder) }
    }
  }

  /// The path of a file: `authority`, `stranger`, `server`, `server2`, `rsa`, `client`, `intruder`
  /// with `.pem` and `.key`, and `broken.pem`.
  func path(_ file: String) -> String { folder.appending(path: file).path() }

  private func make(
    _ name: String, key: [String] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    extensions: [String], signer: String? = "authority"
  ) throws {
    var arguments = ["req", "-x509", "-config", path("openssl.cnf"), "-newkey"] + key
    arguments += ["-nodes", "-days", "2", "-subj", "/CN=\(name)"]
    arguments += ["-keyout", path("\(name).key"), "-out", path("\(name).pem")]
    for item in extensions { arguments += ["-addext", item] }
    if let signer { arguments += ["-CA", path("\(signer).pem"), "-CAkey", path("\(signer).key")] }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.fileNoSuchFile) }
  }
}
