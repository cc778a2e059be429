import PruningService

/// Well-formed requests to prune that make no sense: 422, and where the fault is.
enum SettingsRows {
  static let all = fields + batches + sources + strategies + budgets

  private static func wrong(_ rule: String, _ body: String, _ pointer: String) -> HostileRow {
    .prune(rule, body, .problem(.valueOutOfRange, pointer))
  }

  private static let fields: [HostileRow] = [
    wrong("a field that requests do not have", #"{$STRATEGY,$BATCH,"ratio":0.5}"#, "/ratio"),
    wrong(
      "a field that items do not have", #"{$STRATEGY,"items":[{$ITEM,"name":"a"}]}"#,
      "/items/0/name"),
    wrong(
      "a field that strategies do not have", #"{"strategy":{$STAGES,"ratio":1},$BATCH}"#,
      "/strategy/ratio"),
    wrong(
      "a field that stages do not have",
      #"{"strategy":{"stages":[{"layer":0,"retain_ratio":1,"x":1}]},$BATCH}"#,
      "/strategy/stages/0/x"),
    wrong(
      "a field that layouts do not have",
      #"{$STRATEGY,$BATCH,"layout":{"kind":"grid","rows":2,"columns":2,"depth":1}}"#,
      "/layout/depth"),
    wrong(
      "a field that models do not have",
      #"{$STRATEGY,$BATCH,"model":{"hidden":1,"kv_width":1,"ffn":1,"x":1}}"#, "/model/x"),
    wrong("a model that nobody knows", #"{$STRATEGY,$BATCH,"model":"gpt-9"}"#, "/model"),
    wrong("a model without a size", #"{$STRATEGY,$BATCH,"model":{"hidden":1}}"#, "/model/kv_width"),
    wrong(
      "a fact that cannot be returned", #"{$STRATEGY,$BATCH,"return":["everything"]}"#, "/return/0"),
    wrong(
      "a fact asked for twice", #"{$STRATEGY,$BATCH,"return":["indices","indices"]}"#, "/return/1"),
    wrong("a word in place of a truth value", #"{$STRATEGY,$BATCH,"partial":"yes"}"#, "/partial"),
    wrong("a number in place of a name", #"{$STRATEGY,"items":[{$ITEM,"id":7}]}"#, "/items/0/id"),
    wrong("negative text tokens", #"{$STRATEGY,$BATCH,"text_tokens":-1}"#, "/text_tokens"),
    wrong("a fraction of a text token", #"{$STRATEGY,$BATCH,"text_tokens":1.5}"#, "/text_tokens"),
    wrong(
      "more text tokens than any context", #"{$STRATEGY,$BATCH,"text_tokens":9223372036854775807}"#,
      "/text_tokens"),
  ]

  private static let batches: [HostileRow] = [
    wrong("items that are no list", #"{$STRATEGY,"items":{}}"#, "/items"),
    wrong("no items", #"{$STRATEGY,"items":[]}"#, "/items"),
    wrong("an item that is a number", #"{$STRATEGY,"items":[7]}"#, "/items/0"),
    wrong(
      "settings for more items than the batch has", #"{$STRATEGY,$BATCH,"items":[{},{}]}"#, "/items"
    ),
    wrong(
      "tensors at both levels", #"{$STRATEGY,$BATCH,"items":[{$ITEM}]}"#, "/items/0/importance"),
    .prune(
      "batches of different lengths",
      #"{$STRATEGY,$BATCH,"tokens":{"dtype":"F32","shape":[2,4,1],"data":[1,2,3,4,5,6,7,8]}}"#,
      .problem(.shapeMismatch, "/importance")),
    .bytes(
      "more items than a batch may have", #"{"items":[{},{},… (5000)]}"#,
      .problem(.valueOutOfRange, "/items")
    ) {
      let items = [String](repeating: "{}", count: 5000).joined(separator: ",")
      return Wire.post("/v1/prune", "application/json", Array(#"{"items":[\#(items)]}"#.utf8))
    },
    .bytes(
      "four thousand stages for four thousand items",
      #"{"strategy":{"stages":[… (4096)]},"importance":{"shape":[4096,4],…}}"#,
      .problem(.valueOutOfRange, "/items")
    ) {
      let zeros = String(repeating: "AAAA", count: 4096 * 16 / 3) + "AA=="
      let body =
        "{\(Abbreviations.manyStages),\"importance\":"
        + "{\"dtype\":\"F32\",\"shape\":[4096,4],\"base64\":\"\(zeros)\"}}"
      return Wire.post("/v1/prune", "application/json", Array(body.utf8))
    },
    .prune(
      "one bad item spoils the batch", #"{$STRATEGY,"items":[{$ITEM},{}]}"#,
      .problem(.valueOutOfRange, "/items/1/attention")),
    .prune(
      "one bad item of a partial batch keeps its fault",
      #"{$STRATEGY,"partial":true,"items":[{$ITEM},{}]}"#, .success),
  ]

  private static func tensor(_ shape: String, _ count: Int) -> String {
    let values = (0..<count).map { "\($0 % 3 + 1)" }.joined(separator: ",")
    return #"{"dtype":"F32","shape":\#(shape),"data":[\#(values)]}"#
  }

  private static let sources: [HostileRow] = [
    wrong(
      "no importance of any kind", #"{$STRATEGY,"items":[{"tokens":\#(tensor("[4,1]", 4))}]}"#,
      "/items/0/attention"),
    wrong(
      "two kinds of importance",
      #"{$STRATEGY,"items":[{$ITEM,"received_attention":\#(tensor("[4]", 4))}]}"#,
      "/items/0/importance"),
    wrong(
      "a query without a key", #"{$STRATEGY,"items":[{"query":\#(tensor("[1,4,1]", 4))}]}"#,
      "/items/0/key"),
    .prune(
      "attention that is not square",
      #"{$STRATEGY,"items":[{"attention":\#(tensor("[1,4,5]", 20))}]}"#,
      .problem(.shapeMismatch, "/items/0/attention")),
    .prune(
      "attention of rank five",
      #"{$STRATEGY,"items":[{"attention":\#(tensor("[1,1,1,2,2]", 4))}]}"#,
      .problem(.shapeMismatch, "/items/0/attention")),
    .prune(
      "attention without a threshold",
      #"{$STRATEGY,"items":[{"attention":\#(tensor("[4,4]", 16))}]}"#,
      .problem(.valueOutOfRange, "/strategy/global_threshold")),
    .prune(
      "tokens of another number",
      #"{$STRATEGY,"items":[{$ITEM,"tokens":\#(tensor("[5,1]", 5)),"layout":{"kind":"grid","rows":2,"columns":2}}]}"#,
      .problem(.shapeMismatch, "/items/0/tokens")),
    .prune(
      "tokens of rank one", #"{$STRATEGY,"items":[{$ITEM,"tokens":\#(tensor("[4]", 4))}]}"#,
      .problem(.shapeMismatch, "/items/0/tokens")),
    .prune(
      "tokens that are integers",
      #"{$STRATEGY,"items":[{$ITEM,"tokens":{"dtype":"I32","shape":[4,1],"data":[1,2,3,4]}}]}"#,
      .problem(.unsupportedDType, "/items/0/tokens")),
    .prune(
      "an entropy weight with finished importance",
      #"{"strategy":{$STAGES,"recycling_cell_size":2,"entropy_weight":0.5},$BATCH}"#,
      .problem(.valueOutOfRange, "/strategy/entropy_weight")),
    .prune(
      "an entropy weight without entropy",
      #"{"strategy":{$STAGES,"recycling_cell_size":2,"global_threshold":1,"entropy_weight":0.5},"items":[{"received_attention":\#(tensor("[4]", 4))}]}"#,
      .problem(.valueOutOfRange, "/items/0/entropy")),
    .prune(
      "entropy of another length",
      #"{"strategy":{$STAGES,"recycling_cell_size":2,"global_threshold":1,"entropy_weight":0.5},"items":[{"received_attention":\#(tensor("[4]", 4)),"entropy":\#(tensor("[3]", 3))}]}"#,
      .problem(.shapeMismatch, "/items/0/entropy")),
    .prune(
      "a newline where nothing ends a line",
      #"{$STRATEGY,"items":[{$ITEM,"tokens":\#(tensor("[4,1]", 4)),"newline":\#(tensor("[1]", 1))}]}"#,
      .problem(.valueOutOfRange, "/items/0/newline")),
    .prune(
      "tensors without elements",
      #"{$STRATEGY,"items":[{"importance":{"dtype":"F32","shape":[0],"data":[]}}]}"#,
      .problem(.shapeMismatch, "/items/0/importance")),
  ]

  private static func strategy(
    _ rule: String, _ members: String, _ pointer: String
  ) -> HostileRow {
    wrong(rule, "{\"strategy\":{\(members)},$BATCH}", "/strategy" + pointer)
  }

  private static func stages(_ rule: String, _ stages: String, _ pointer: String) -> HostileRow {
    strategy(rule, #""recycling_cell_size":2,"stages":\#(stages)"#, "/stages" + pointer)
  }

  private static let strategies: [HostileRow] = [
    wrong("no strategy", "{$BATCH}", "/strategy"),
    .prune(
      "a strategy that nobody knows", #"{"strategy":"none",$BATCH}"#,
      .problem(.notFound, "/strategy")),
    wrong("a strategy that is a number", #"{"strategy":7,$BATCH}"#, "/strategy"),
    strategy("a method that is not this one", #""method":"random",$STAGES"#, "/method"),
    strategy(
      "a negative threshold", #""global_threshold":-1,"recycling_cell_size":2,$STAGES"#,
      "/global_threshold"),
    strategy("recycling of an unknown kind", #""recycling":"all",$STAGES"#, "/recycling"),
    strategy(
      "a cell smaller than a token", #""recycling_cell_size":0.5,$STAGES"#, "/recycling_cell_size"),
    strategy("no cell size where it is needed", "$STAGES", "/recycling_cell_size"),
    strategy(
      "a word in place of a number", #""recycling_cell_size":"2",$STAGES"#, "/recycling_cell_size"),
    strategy("counting of an unknown kind", #""count":"about",$STAGES"#, "/count"),
    strategy("no layers", #""layers":0,$STAGES"#, "/layers"),
    strategy("a billion layers", #""layers":1000000000,$STAGES"#, "/layers"),
    strategy("no stages", #""recycling_cell_size":2"#, "/stages"),
    stages("an empty list of stages", "[]", ""),
    stages("stages that are no list", "{}", ""),
    stages("a stage that is a number", "[0]", "/0"),
    stages("a first stage above layer 0", #"[{"layer":1,"retain_ratio":0.5}]"#, "/0/layer"),
    strategy(
      "stages out of order",
      #""layers":12,"stages":[{"layer":0,"retain_ratio":0.5},{"layer":9,"retain_ratio":0.5},{"layer":4,"retain_ratio":0.5}]"#,
      "/stages/2/layer"),
    stages(
      "two stages at one layer",
      #"[{"layer":0,"retain_ratio":0.5},{"layer":0,"retain_ratio":0.5}]"#, "/1/layer"),
    stages("a fractional layer", #"[{"layer":0.5,"retain_ratio":0.5}]"#, "/0/layer"),
    stages("a negative layer", #"[{"layer":-1,"retain_ratio":0.5}]"#, "/0/layer"),
    stages("a ratio of zero", #"[{"layer":0,"retain_ratio":0}]"#, "/0/retain_ratio"),
    stages("a ratio above one", #"[{"layer":0,"retain_ratio":1.01}]"#, "/0/retain_ratio"),
    stages("a negative ratio", #"[{"layer":0,"retain_ratio":-0.5}]"#, "/0/retain_ratio"),
    stages(
      "a ratio that is missing in the middle", #"[{"layer":0},{"layer":4,"retain_ratio":0.5}]"#,
      "/0/retain_ratio"),
    stages(
      "a last ratio that nothing determines", #"[{"layer":0,"retain_ratio":0.5},{"layer":4}]"#,
      "/1/retain_ratio"),
    strategy(
      "a stage beyond the layers",
      #""layers":4,"recycling_cell_size":2,"stages":[{"layer":0,"retain_ratio":0.5},{"layer":4,"retain_ratio":0.5}]"#,
      "/stages/1/layer"),
    .prune(
      "a ratio of one keeps everything",
      #"{"strategy":{"recycling_cell_size":2,"stages":[{"layer":0,"retain_ratio":1}]},$BATCH}"#,
      .success),
  ]

  private static func budget(
    _ rule: String, _ budget: String, ratio: String, _ answer: HostileRow.Answer
  ) -> HostileRow {
    .prune(
      rule,
      #"{"strategy":{"token_budget":\#(budget),"layers":8,"recycling_cell_size":2,"stages":[{"layer":0,"retain_ratio":0.5},{"layer":4\#(ratio)}]},$BATCH}"#,
      answer)
  }

  private static let budgets: [HostileRow] = [
    budget(
      "a budget that is spent before the last stage", "0.1", ratio: "",
      .problem(.budgetInfeasible, "/strategy/token_budget")),
    budget(
      "a budget that no ratio reaches", "0.9", ratio: "",
      .problem(.budgetInfeasible, "/strategy/token_budget")),
    budget(
      "a budget that contradicts the ratios", "0.4", ratio: #","retain_ratio":0.9"#,
      .problem(.valueOutOfRange, "/strategy/token_budget")),
    budget(
      "a budget of zero", "0", ratio: "", .problem(.valueOutOfRange, "/strategy/token_budget")),
    budget(
      "a budget above one", "1.5", ratio: "", .problem(.valueOutOfRange, "/strategy/token_budget")),
    budget("a budget that can be met", "0.375", ratio: "", .success),
  ]
}
