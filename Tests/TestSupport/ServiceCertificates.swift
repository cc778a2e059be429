public import Foundation

/// Certificates of a throw-away authority, made by the openssl tool for one test.
public final class ServiceCertificates: Sendable {
  private let folder: URL

  /// Makes the authority, and a certificate of `localhost` under the name `server`.
  public init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // Without the system's configuration nobody becomes an authority by default.
    try Data("[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=unused\n".utf8)
      .write(to: url("openssl.cnf"))
    try make("authority", extensions: ["basicConstraints=critical,CA:TRUE"], signer: nil)
    try make("server", extensions: ["subjectAltName=DNS:localhost,IP:127.0.0.1"])
  }

  deinit { remove() }

  /// Removes all files, for sets that are never let go.
  public func remove() { try? FileManager.default.removeItem(at: folder) }

  /// The path of a certificate chain.
  public func certificate(_ name: String) -> String { url("\(name).pem").path }

  /// The path of a private key.
  public func key(_ name: String) -> String { url("\(name).key").path }

  /// Makes another certificate, with the name as common name.
  ///
  /// - Parameters:
  ///   - name: The common name and the name of the files.
  ///   - kind: The kind of key, as `openssl req -newkey` takes it, with its options.
  ///   - extensions: Extensions, as `openssl req -addext` takes them.
  ///   - signer: The name of the certificate that signs; nil signs itself.
  /// - Throws: When the tool fails.
  public func make(
    _ name: String, key kind: [String] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    extensions: [String], signer: String? = "authority"
  ) throws {
    var arguments = ["req", "-x509", "-config", url("openssl.cnf").path, "-newkey"] + kind
    arguments += ["-nodes", "-days", "2"]
    arguments += ["-subj", "/CN=\(name)", "-keyout", key(name), "-out", certificate(name)]
    for item in extensions { arguments += ["-addext", item] }
    if let signer { arguments += ["-CA", certificate(signer), "-CAkey", key(signer)] }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.fileNoSuchFile) }
  }

  /// Where a file of this set is.
  public func url(_ file: String) -> URL { folder.appending(path: file) }
}
