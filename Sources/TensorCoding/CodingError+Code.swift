extension CodingError {
  /// What can be wrong; ``fault`` sorts the cases by the answer that they deserve.
  public enum Code: String, Sendable, CaseIterable {
    // JSON grammar.

    /// There is no value at all.
    case emptyDocument
    /// The document starts with U+FEFF, which RFC 8259 section 8.1 forbids to send.
    case byteOrderMark
    /// The bytes are not UTF-8.
    case invalidUTF8
    /// A token that cannot stand here.
    case unexpectedToken
    /// The document ends inside an array or object.
    case unexpectedEnd
    /// A string is never closed.
    case unterminatedString
    /// A control character inside a string is not escaped.
    case controlCharacter
    /// A backslash starts no escape, or half of a surrogate pair stands alone.
    case invalidEscape
    /// A number breaks the grammar: `01`, `.5`, `+1`, `1.`, `1e`.
    case invalidNumber
    /// A number is too large for binary64.
    case numberOverflow
    /// Something follows the document.
    case trailingContent
    /// An object has a key twice; the pointer names it.
    case duplicateKey
    /// Containers are nested more deeply than allowed.
    case tooDeep

    // Limits.

    /// The document has too many bytes.
    case documentTooLarge
    /// The document has too many values and keys.
    case tooManyValues
    /// The document has too many numbers.
    case tooManyElements
    /// The safetensors file has too many tensors.
    case tooManyTensors
    /// The memory for the document could not be had.
    case outOfMemory

    // Safetensors.

    /// The file ends before its header length is complete.
    case headerLengthTruncated
    /// The header length is above the limit.
    case headerTooLarge
    /// The header is said to reach beyond the end of the file.
    case headerOutOfBounds
    /// The header does not start with `{`.
    case headerNotAnObject
    /// `__metadata__` is not an object of strings.
    case invalidMetadata
    /// A tensor's entry lacks a key, has one too many, or has a value of the wrong type.
    case invalidTensorEntry
    /// The format knows no such dtype.
    case unknownDType
    /// The shape's product, or its size in bytes, does not fit in 63 bits.
    case sizeOverflow
    /// A tensor ends before it begins.
    case offsetsReversed
    /// A tensor reaches beyond the end of the file.
    case offsetsOutOfBounds
    /// The offsets do not span what dtype and shape need.
    case sizeMismatch
    /// Bytes between two tensors belong to none.
    case hole
    /// Two tensors share bytes.
    case overlap
    /// Bytes after the last tensor belong to none.
    case trailingBytes

    // Base64.

    /// The number of characters is no multiple of four.
    case invalidBase64Length
    /// A character outside the alphabet, whitespace included.
    case invalidBase64Character
    /// Padding before the end.
    case invalidBase64Padding
    /// The last group has bits that no byte takes.
    case base64TrailingBits

    // Values.

    /// A number does not fit in the tensor's dtype; the index names it.
    case valueDoesNotFit
    /// The value is of another JSON type than the field asks for.
    case wrongType
    /// A number lies outside the range of its field.
    case valueOutOfRange
    /// The object has a key that nothing reads.
    case unknownField
    /// The object lacks a key that is required.
    case missingField
    /// Two keys exclude each other.
    case conflictingFields
    /// A number for an integer dtype has a fraction; the index names it.
    case notAnInteger
    /// A shape has a negative or fractional dimension, or too many of them.
    case invalidShape
    /// The data do not have the shape, or the count, that `shape` promises.
    case shapeMismatch
    /// The dtype is not one that tensors carry here.
    case unsupportedDType

    /// What kind of answer the code deserves.
    public var fault: Fault {
      switch self {
      case .documentTooLarge, .tooManyValues, .tooManyElements, .tooManyTensors, .outOfMemory:
        .tooLarge
      case .wrongType, .valueOutOfRange, .unknownField, .missingField, .conflictingFields,
        .notAnInteger, .invalidShape, .shapeMismatch:
        .invalid
      case .unsupportedDType: .unsupportedDType
      default: .malformed
      }
    }
  }
}
