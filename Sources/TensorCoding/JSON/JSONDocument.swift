import CSimdjson
public import Tensors

/// Reads whole JSON documents.
public enum JSONDocument {
  /// Checks every byte of a document against RFC 8259 and builds its values.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8 without byte order mark; no slack behind it is needed.
  ///   - limits: What the document may cost.
  /// - Returns: The outermost value.
  /// - Throws: A ``CodingError`` with offset and pointer, where known.
  /// - Complexity: O(*bytes*), keys of one object sorted.
  public static func parse(
    _ bytes: RawSpan, limits: CodingLimits = CodingLimits()
  ) throws(CodingError) -> JSONValue {
    try parse(bytes, of: nil, limits: limits)
  }

  /// Checks every byte of a document and builds its values; long texts in base64 stay in the storage.
  ///
  /// - Parameters:
  ///   - storage: UTF-8 without byte order mark; also where memory for the parser's copy comes from.
  ///   - limits: What the document may cost.
  /// - Returns: The outermost value.
  /// - Throws: A ``CodingError`` with offset and pointer, where known.
  public static func parse(
    _ storage: TensorStorage, limits: CodingLimits = CodingLimits()
  ) throws(CodingError) -> JSONValue {
    try parse(storage.bytes, of: storage, limits: limits)
  }

  private static func parse(
    _ bytes: RawSpan, of storage: TensorStorage?, limits: CodingLimits
  ) throws(CodingError) -> JSONValue {
    guard bytes.byteCount <= limits.maximumDocumentBytes else {
      throw CodingError(.documentTooLarge, .json)
    }
    let copyCount = vflow_json_copy_size(bytes.byteCount)
    guard copyCount >= TensorStorage.smallestShared, let source = storage?.source else {
      return unsafe try parse(bytes, of: storage, limits: limits, copy: nil)
    }
    var result: Result<JSONValue, CodingError>?
    let copy = source.storage(byteCount: copyCount) { memory in
      // As large as the parser says, and lent for the call.
      unsafe memory.withUnsafeMutableBytes { memory in
        do throws(CodingError) {
          result = .success(
            unsafe try parse(bytes, of: storage, limits: limits, copy: memory.baseAddress))
        } catch { result = .failure(error) }
      }
    }
    guard copy != nil, let result else {
      return unsafe try parse(bytes, of: storage, limits: limits, copy: nil)
    }
    return try result.get()
  }

  /// Parses with memory for a copy of the document, or without.
  private static func parse(
    _ bytes: RawSpan, of storage: TensorStorage?, limits: CodingLimits,
    copy: UnsafeMutableRawPointer?
  ) throws(CodingError) -> JSONValue {
    // The parser reads the buffer only, and only during the call.
    unsafe try bytes.withUnsafeBytes { (buffer) throws(CodingError) in
      var document = unsafe vflow_json_document()
      unsafe vflow_json_parse(buffer.baseAddress, buffer.count, limits.forParser, copy, &document)
      defer { unsafe vflow_json_release(&document) }
      if let error = unsafe CodingError(document) { throw error }
      var builder = unsafe JSONTreeBuilder(
        document: &document, source: buffer, storage: storage)
      return unsafe builder.value()
    }
  }
}

extension CodingLimits {
  fileprivate var forParser: vflow_json_limits {
    vflow_json_limits(
      depth: min(max(maximumDepth, 1), 512), values: max(maximumValues, 0),
      elements: max(maximumElements, 0))
  }
}

extension CodingError {
  /// The refusal of a document, if it was refused.
  fileprivate init?(_ document: vflow_json_document) {
    let status = unsafe document.status
    guard let code = Code(status) else { return nil }
    let offset = unsafe document.error_offset
    self.init(code, .json, offset: offset == Int(bitPattern: UInt.max) ? nil : offset)
    // The parser ends the pointer with a zero byte.
    if let text = unsafe document.error_pointer {
      pointer = unsafe JSONPointer(escaped: String(cString: text))
    }
  }
}

extension CodingError.Code {
  fileprivate init?(_ status: vflow_json_status) {
    switch status {
    case VFLOW_JSON_OK: return nil
    case VFLOW_JSON_EMPTY: self = .emptyDocument
    case VFLOW_JSON_BYTE_ORDER_MARK: self = .byteOrderMark
    case VFLOW_JSON_INVALID_UTF8: self = .invalidUTF8
    case VFLOW_JSON_UNEXPECTED_TOKEN: self = .unexpectedToken
    case VFLOW_JSON_UNEXPECTED_END: self = .unexpectedEnd
    case VFLOW_JSON_UNTERMINATED_STRING: self = .unterminatedString
    case VFLOW_JSON_CONTROL_CHARACTER: self = .controlCharacter
    case VFLOW_JSON_INVALID_ESCAPE: self = .invalidEscape
    case VFLOW_JSON_INVALID_NUMBER: self = .invalidNumber
    case VFLOW_JSON_NUMBER_OVERFLOW: self = .numberOverflow
    case VFLOW_JSON_TRAILING_CONTENT: self = .trailingContent
    case VFLOW_JSON_DUPLICATE_KEY: self = .duplicateKey
    case VFLOW_JSON_TOO_DEEP: self = .tooDeep
    case VFLOW_JSON_TOO_MANY_VALUES: self = .tooManyValues
    case VFLOW_JSON_TOO_MANY_ELEMENTS: self = .tooManyElements
    default: self = .outOfMemory
    }
  }
}
