/// Requests as bytes.
enum Wire {
  /// A complete head.
  static func head(_ line: String, _ fields: [String]) -> String {
    ([line + " HTTP/1.1", "Host: localhost"] + fields).map { $0 + "\r\n" }.joined() + "\r\n"
  }

  /// A request with a body of known length.
  static func post(_ path: String, _ type: String, _ body: [UInt8]) -> [UInt8] {
    send("POST \(path)", type, body)
  }

  /// A request with a body of known length; `line` is its method and target.
  static func send(_ line: String, _ type: String, _ body: [UInt8]) -> [UInt8] {
    let fields = ["Content-Type: \(type)", "Content-Length: \(body.count)"]
    return Array(head(line, fields).utf8) + body
  }

  /// The head of a request to prune with a chunked JSON body.
  static let chunked = head(
    "POST /v1/prune", ["Content-Type: application/json", "Transfer-Encoding: chunked"])

  /// A body in chunks of one byte.
  static func singly(_ body: String) -> String {
    chunked + body.utf8.map { "1\r\n\(Character(UnicodeScalar($0)))\r\n" }.joined() + "0\r\n\r\n"
  }

  static func littleEndian(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// Words of the table that stand for longer text.
enum Abbreviations {
  /// Each word, what it stands for and what that is.
  static let all: [(word: String, text: String, meaning: String)] = [
    (
      "$STRATEGY",
      #""strategy":{"recycling_cell_size":2,"stages":[{"layer":0,"retain_ratio":0.5}]}"#,
      "a strategy without a threshold"
    ),
    (
      "$STAGES", #""stages":[{"layer":0,"retain_ratio":0.5}]"#, "the stages of that strategy"
    ),
    (
      "$BATCH", #""importance":{"dtype":"F32","shape":[1,4],"data":[1,3,2,4]}"#,
      "the importance of one item of four tokens, with the batch axis"
    ),
    (
      "$ITEM", #""importance":{"dtype":"F32","shape":[4],"data":[1,3,2,4]}"#,
      "the same without the batch axis"
    ),
    (
      "$META",
      #""__metadata__":{"request":"{\"strategy\":{\"recycling_cell_size\":2,"#
        + #"\"stages\":[{\"layer\":0,\"retain_ratio\":0.5}]}}"}"#,
      "the metadata with that strategy"
    ),
  ]

  /// A strategy with the most stages that a request may name.
  static var manyStages: String {
    let stages = (0..<4096).map { #"{"layer":\#($0),"retain_ratio":1}"# }
    return #""strategy":{"recycling":"none","stages":[\#(stages.joined(separator: ","))]}"#
  }

  /// Text with every word written out.
  static func expand(_ text: String) -> String {
    all.reduce(text) { $0.replacing($1.word, with: $1.text) }
  }
}
