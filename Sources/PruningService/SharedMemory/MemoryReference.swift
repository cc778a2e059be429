internal import TensorCoding

/// A part of a region, as a request names it: `region`, `offset`, `byte_size`.
struct MemoryReference: Sendable {
  /// The region's name.
  let region: String
  /// Where the part begins in the region.
  let offset: Int
  /// Its size, at least 1.
  let byteCount: Int
  /// Where it stands in the request.
  let pointer: JSONPointer

  /// The member that holds a reference.
  static let member = "shared_memory"

  /// Reads a reference; `offset` is 0 if it is left out.
  init(_ value: JSONValue?, at pointer: JSONPointer) throws(ServiceProblem) {
    guard case .object = value else { throw .field(pointer, "must be an object") }
    var fields = try FieldReader(value, at: pointer)
    guard let region = try fields.string("region") else { throw fields.missing("region") }
    offset = try fields.integer("offset", in: 0...Int.max) ?? 0
    guard let byteCount = try fields.integer("byte_size", in: 1...Int.max) else {
      throw fields.missing("byte_size")
    }
    try fields.finish()
    self.region = region
    self.byteCount = byteCount
    self.pointer = pointer
  }

  /// The part's bytes in a region of that size.
  func range(in byteCount: Int) throws(ServiceProblem) -> Range<Int> {
    let (end, overflow) = offset.addingReportingOverflow(self.byteCount)
    guard !overflow, end <= byteCount else {
      throw .field(
        pointer.appending("byte_size"), "reaches beyond the region, which has \(byteCount) bytes")
    }
    return offset..<end
  }
}
