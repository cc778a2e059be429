import COpenAPI

/// The contract, as the service itself hands it out.
package enum OpenAPIDocument {
  /// The bytes of `openapi.yaml`, which the C target compiles in.
  package static var bytes: [UInt8] {
    // The pointer is to a constant of the program and the size is that constant's own.
    unsafe Array(
      UnsafeBufferPointer(start: openapi_document(), count: openapi_document_size()))
  }
}
