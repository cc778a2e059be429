import PruningService
import Testing

@Suite struct RequestSettingsTests {
  private let operation = SampleItems.prune
  private let tensor =
    #""importance": {"dtype": "F32", "shape": [1, 9], "data": "#
    + "[1, 2, 3, 4, 5, 6, 7, 8, 9]}"

  private func problem(_ fields: String) -> ServiceProblem? {
    operation.problem(json: "{\(fields), \(tensor)}")
  }

  @Test(
    arguments: [
      (#""return": ["tokens", "tokens"]"#, "/return/1"), (#""return": ["all"]"#, "/return/0"),
      (#""return": "tokens""#, "/return"), (#""return": [1, 2]"#, "/return/0"),
      (#""partial": 1"#, "/partial"), (#""timing": "no""#, "/timing"),
      (#""text_tokens": -1"#, "/text_tokens"), (#""text_tokens": 1e10"#, "/text_tokens"),
      (#""text_tokens": 2147483648"#, "/text_tokens"),
      (#""model": "gpt""#, "/model"), (#""model": 7"#, "/model"),
      (#""model": {"hidden": 1, "kv_width": 1}"#, "/model/ffn"),
      (#""model": {"hidden": 0, "kv_width": 1, "ffn": 1}"#, "/model/hidden"),
      (#""model": {"hidden": 1, "kv_width": 1, "ffn": 2000000}"#, "/model/ffn"),
      (#""model": {"hidden": 1, "kv_width": 1, "ffn": 1, "x": 1}"#, "/model/x"),
      (#""Strategy": "x""#, "/Strategy"), (#""stages": []"#, "/stages"),
      (#""newlines": 1"#, "/newlines"), (#""full": 1"#, "/full"), (#""id": "x""#, "/id"),
      (#""layout": []"#, "/layout"),
    ])
  func `wrong settings are told at their field`(fields: String, pointer: String) {
    let problem = problem(SampleItems.strategy + ", " + fields)
    #expect(problem?.type == .valueOutOfRange)
    #expect(problem?.pointer == pointer)
  }

  @Test func `a model is a name or an object`() {
    let detail = problem(SampleItems.strategy + #", "model": 3"#)?.errors.first?.detail
    #expect(detail == "must be a known name or an object with the model's sizes")
  }

  @Test func `right settings are accepted together`() {
    let fields =
      SampleItems.strategy + """
        , "return": ["report", "indices"], "partial": false, "timing": false, "text_tokens": 0,
        "model": "qwen2-vl-7b", "layout": {"kind": "grid", "rows": 3, "columns": 3}
        """
    #expect(problem(fields) == nil)
  }

  @Test func `a strategy is needed somewhere`() {
    let problem = problem(#""text_tokens": 0"#)
    #expect(problem?.type == .valueOutOfRange)
    #expect(problem?.pointer == "/strategy")
    let items =
      #""items": [{"strategy": {"recycling": "none", "stages": [{"layer": 0, "#
      + #""retain_ratio": 1}]}}]"#
    #expect(self.problem(items) == nil)
  }

  @Test func `a strategy of an unknown name is a 404`() {
    let problem = problem(#""strategy": "llava-onevision-7b@0.3""#)
    #expect(problem?.type == .notFound)
    #expect(problem?.type.status == 404)
    #expect(problem?.pointer == "/strategy")
  }

  @Test func `an unusable default strategy fails a partial request as a whole`() {
    let problem = problem(#""strategy": {"stages": []}, "partial": true"#)
    #expect(problem?.pointer == "/strategy/stages")
  }

  @Test func `timing is told unless it is declined`() throws {
    let draft = RequestDraft(
      fields: SampleItems.strategy, items: [try SampleItems.grid(seed: 1)])
    let told = try operation.facts(draft, .numbers)
    #expect(
      told.under("timing.").paths == ["queue_us", "decode_us", "kernel_us", "encode_us"])
    var silent = draft
    silent.fields += #", "timing": false"#
    for form in RequestDraft.Form.allCases {
      #expect(try operation.facts(silent, form).under("timing").paths.isEmpty)
    }
  }
}
