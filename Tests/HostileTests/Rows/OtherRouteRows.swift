import PruningService

/// Requests to plan and to compare.
enum OtherRouteRows {
  static let all = plans + discrepancies

  private static func plan(
    _ rule: String, _ items: String, _ answer: HostileRow.Answer
  ) -> HostileRow {
    .json(rule, "/v1/plan", "{$STRATEGY,\"items\":\(items)}", answer)
  }

  private static let plans: [HostileRow] = [
    plan("a plan for nothing", "[]", .problem(.valueOutOfRange, "/items")),
    plan(
      "a plan for an unknown number of tokens", "[{}]",
      .problem(.valueOutOfRange, "/items/0/layout")),
    plan(
      "a plan for no tokens", #"[{"input_tokens":0}]"#,
      .problem(.valueOutOfRange, "/items/0/input_tokens")),
    plan(
      "a plan for a negative number of tokens", #"[{"input_tokens":-4}]"#,
      .problem(.valueOutOfRange, "/items/0/input_tokens")),
    plan(
      "a plan for half a token", #"[{"input_tokens":4.5}]"#,
      .problem(.valueOutOfRange, "/items/0/input_tokens")),
    plan(
      "a plan for more tokens than any model", #"[{"input_tokens":2147483647}]"#,
      .problem(.valueOutOfRange, "/items/0/input_tokens")),
    plan(
      "a plan whose number contradicts its layout",
      #"[{"input_tokens":5,"layout":{"kind":"grid","rows":2,"columns":2}}]"#,
      .problem(.valueOutOfRange, "/items/0/input_tokens")),
    plan("a plan with a tensor", "[{$ITEM}]", .problem(.valueOutOfRange, "/items/0/importance")),
    plan(
      "a plan for the longest film",
      #"[{"layout":{"kind":"frames","frames":65536,"rows":8,"columns":8,"pool":1}}]"#, .success),
    many(
      "a plan for four thousand of the longest films",
      #"{"layout":{"kind":"frames","frames":65536,"rows":8,"columns":8,"pool":1}}"#,
      .problem(.valueOutOfRange, "/items/16")),
    many(
      "a plan for four thousand of the largest grids",
      #"{"layout":{"kind":"grid","rows":2048,"columns":2048}}"#,
      .problem(.valueOutOfRange, "/items/17")),
    plan(
      "a plan for a long line",
      #"[{"layout":{"kind":"grid","rows":524288,"columns":1}}]"#, .success),
    .bytes(
      "a plan with four thousand stages for four thousand items",
      #"{"strategy":{"stages":[… (4096)]},"items":[{"input_tokens":4},… (4096)]}"#,
      .problem(.valueOutOfRange, "/items")
    ) {
      let items = [String](repeating: #"{"input_tokens":4}"#, count: 4096).joined(separator: ",")
      let body = "{\(Abbreviations.manyStages),\"items\":[\(items)]}"
      return Wire.post("/v1/plan", "application/json", Array(body.utf8))
    },
  ]

  /// A short item as often as a batch may have items.
  private static func many(
    _ rule: String, _ item: String, _ answer: HostileRow.Answer
  ) -> HostileRow {
    .bytes(rule, "/v1/plan {$STRATEGY,\"items\":[\(item),… (4096)]}", answer) {
      let items = [String](repeating: item, count: 4096).joined(separator: ",")
      let body = Abbreviations.expand("{$STRATEGY,\"items\":[\(items)]}")
      return Wire.post("/v1/plan", "application/json", Array(body.utf8))
    }
  }

  private static func compare(
    _ rule: String, _ body: String, _ answer: HostileRow.Answer
  ) -> HostileRow { .json(rule, "/v1/discrepancy", body, answer) }

  private static func tensor(_ dtype: String, _ shape: String, _ data: String) -> String {
    #"{"dtype":"\#(dtype)","shape":\#(shape),"data":\#(data)}"#
  }

  private static let discrepancies: [HostileRow] = [
    compare(
      "a comparison with nothing", "{\"full\":\(tensor("F32", "[1,2]", "[1,2]"))}",
      .problem(.valueOutOfRange, "/pruned")),
    compare(
      "a comparison of different shapes",
      "{\"full\":\(tensor("F32", "[1,2]", "[1,2]")),\"pruned\":\(tensor("F32", "[2,1]", "[1,2]"))}",
      .problem(.shapeMismatch, "/pruned")),
    compare(
      "a comparison of rank one",
      "{\"full\":\(tensor("F32", "[2]", "[1,2]")),\"pruned\":\(tensor("F32", "[2]", "[1,2]"))}",
      .problem(.shapeMismatch, "/full")),
    compare(
      "a comparison of integers",
      "{\"full\":\(tensor("I32", "[1,2]", "[1,2]")),\"pruned\":\(tensor("I32", "[1,2]", "[1,2]"))}",
      .problem(.unsupportedDType, "/full")),
    compare(
      "a comparison with tokens", "{\"full\":\(tensor("F32", "[1,2]", "[1,2]")),\"tokens\":1}",
      .problem(.valueOutOfRange, "/tokens")),
    .bytes(
      "a comparison of 2^40 empty rows", #"{"full":{"shape":[1099511627776,0],…},…}"#,
      .problem(.shapeMismatch, "/full")
    ) {
      let empty = #"{"dtype":"F32","shape":[1099511627776,0],"data_offsets":[0,0]}"#
      let header = Array(#"{"full":\#(empty),"pruned":\#(empty)}"#.utf8)
      return Wire.post(
        "/v1/discrepancy", "application/vnd.safetensors",
        Wire.littleEndian(UInt64(header.count)) + header)
    },
    compare(
      "a comparison with NaN counts it",
      #"{"full":{"dtype":"F32","shape":[1,1],"base64":"AADAfw=="},"pruned":{"dtype":"F32","shape":[1,1],"base64":"AADAfw=="}}"#,
      .success),
    compare(
      "a comparison of lists of different lengths", #"{"full":[[1,2],[3]],"pruned":[[1,2],[3]]}"#,
      .problem(.valueOutOfRange, "/full")),
  ]
}
