/// Which rule a malformed message breaks.
public enum MessageFault: Sendable, Hashable, CaseIterable {
  /// The request line does not consist of method, target and version.
  case requestLine
  /// The method is not a token.
  case method
  /// The target is not a valid URI reference of an allowed form.
  case target
  /// The version is not HTTP/ and two digits.
  case version
  /// A line does not end in CRLF.
  case lineEnding
  /// A field line is folded or starts with whitespace.
  case foldedLine
  /// A field name is empty or not a token, or whitespace stands before the colon.
  case fieldName
  /// A field value holds a control character.
  case fieldValue
  /// A field that may occur once is repeated.
  case repeatedField
  /// The Host field is missing, repeated or not a host and port.
  case host
  /// Content-Length is not one number.
  case contentLength
  /// Transfer-Encoding is repeated, misplaced, or not ended by chunked.
  case transferEncoding
  /// Content-Length and Transfer-Encoding contradict each other.
  case ambiguousLength
  /// A chunk's size, extension or delimiter is wrong.
  case chunk
  /// Chunk extensions are longer than allowed.
  case chunkExtensions
  /// A trailer field is malformed, or there are too many.
  case trailer
  /// Bytes of another protocol.
  case notHTTP
  /// A field section or a frame breaks the rules of HTTP/2.
  case http2
  /// More descriptors were passed with a request than it may have.
  case descriptors
}

extension MessageFault: CustomStringConvertible {
  /// One sentence for people.
  public var description: String {
    switch self {
    case .requestLine: "The request line is not a method, a target and a version."
    case .method: "The method is not a token."
    case .target: "The request target is not valid."
    case .version: "The protocol version is not valid."
    case .lineEnding: "A line does not end in CR LF."
    case .foldedLine: "A field line starts with whitespace."
    case .fieldName: "A field name is not valid."
    case .fieldValue: "A field value holds a forbidden character."
    case .repeatedField: "A field that may occur once is repeated."
    case .host: "There must be one valid Host field."
    case .contentLength: "The Content-Length is not one number."
    case .transferEncoding: "The Transfer-Encoding is not valid."
    case .ambiguousLength: "Both Content-Length and Transfer-Encoding are present."
    case .chunk: "A chunk is not valid."
    case .chunkExtensions: "The chunk extensions are too long."
    case .trailer: "The trailer section is not valid."
    case .notHTTP: "This is not an HTTP/1.1 request."
    case .http2: "The request breaks a rule of HTTP/2."
    case .descriptors: "Too many descriptors came with the request."
    }
  }
}
