/// Small bodies for `POST /v1/prune`, written by hand so that no code under test makes them.
public enum ServiceRequests {
  /// Sixteen tokens with a finished importance, half of them kept.
  public static let importance: [Float] = [9, 1, 2, 8, 3, 4, 7, 1, 2, 6, 5, 1, 3, 2, 1, 4]

  /// The settings of both encodings; without timings an answer depends on the request only.
  public static let settings = """
    "timing":false,"strategy":{"method":"vflowopt","recycling_cell_size":2,\
    "stages":[{"layer":0,"retain_ratio":0.5}]}
    """

  /// The JSON encoding.
  public static var json: [UInt8] {
    let numbers = importance.map { "\($0)" }.joined(separator: ",")
    return Array(
      "{\(settings),\"importance\":{\"dtype\":\"F32\",\"shape\":[1,16],\"data\":[\(numbers)]}}".utf8
    )
  }

  /// The safetensors encoding.
  public static var safetensors: [UInt8] {
    let request = "{\(settings)}".replacing("\"", with: "\\\"")
    return safetensors(
      header: """
        {"__metadata__":{"request":"\(request)"},\
        "importance":{"dtype":"F32","shape":[1,16],"data_offsets":[0,64]}}
        """, data: importance.flatMap { littleEndian($0.bitPattern) })
  }

  /// An anonymous safetensors file.
  public static func safetensors(header: String, data: [UInt8]) -> [UInt8] {
    var text = Array(header.utf8)
    while text.count % 8 != 0 { text.append(0x20) }
    return littleEndian(UInt64(text.count)) + text + data
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }
}
