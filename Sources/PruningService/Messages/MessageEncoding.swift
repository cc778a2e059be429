/// How a request or an answer is written.
public enum MessageEncoding: Sendable, CaseIterable {
  /// A JSON document with the tensors inside.
  case json
  /// A safetensors file whose metadata carries the JSON part.
  case safetensors

  /// The media type without parameters.
  public var mediaType: String {
    switch self {
    case .json: "application/json"
    case .safetensors: "application/vnd.safetensors"
    }
  }
}
