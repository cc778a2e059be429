/// The release that this program belongs to; `openapi.yaml` carries the same.
package enum ServiceVersion {
  /// Semantic version of the contract, the settings and the command line.
  package static let current = "0.1.0"
}
