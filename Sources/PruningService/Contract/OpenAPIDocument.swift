// swift-format-ignore-file
// Generated from openapi.yaml by Scripts/embed-openapi.py; OpenAPIDocumentTests compares the two.

/// The contract, as the service itself hands it out.
package enum OpenAPIDocument {
  /// The text of `openapi.yaml`.
  package static let yaml = ##"""
openapi: 3.1.0
info:
  title: vflowopt
  version: 0.1.0
paths: {}

"""##
}
