import PruningService
import Tensors
import Testing

/// The reference's selections, sent through decoding, running and encoding in every form.
@Suite struct ReferenceAnswersTests {
  private let operation = SampleItems.prune

  @Test(arguments: ["e2e_n81_b2", "e2e_n576_photo"], RequestDraft.Form.allCases)
  func `prunes from pixels to stages as the reference does`(
    name: String, form: RequestDraft.Form
  ) throws {
    let file = try ReferenceFile(name)
    let layers = try file.list("llm_layers")
    let ratios = try file.list("llm_ratios")
    let fields = """
      "strategy": {"global_threshold": \(try file.number("t")),
        "entropy_weight": \(try file.number("alpha")),
        "recycling_cell_size": \(try file.number("m")), "layers": \(try file.number("n_layers")),
        "stages": [{"layer": 0, "retain_ratio": \(try file.number("r"))},
        {"layer": \(layers[0]), "retain_ratio": \(ratios[0])},
        {"layer": \(layers[1]), "retain_ratio": \(ratios[1])}]},
      "return": ["tokens", "indices", "merges", "stages", "importance"]
      """
    let shared = try [
      ("pixels", "image"), ("query", "q"), ("key", "k"), ("tokens", "features"),
    ].map { ($0.0, try file.tensor($0.1)) }
    let facts = try operation.facts(RequestDraft(fields: fields, shared: shared), form)
    for item in 0..<Int(try file.number("batch")) {
      let answer = facts.under("items.\(item).")
      #expect(answer.text("importance_source") == "query_key")
      try answer.expect(
        file,
        [
          ("retained_indices", "retained_indices.\(item)"),
          ("recycled_mask", "recycled_mask.\(item)"),
          ("stages.0.retained_rows", "stage1_visual_indices.\(item)"),
          ("stages.1.retained_rows", "stage2_visual_indices.\(item)"),
        ])
      let tolerance = try file.tolerance(of: "features")
      try answer.expectClose(file, [("tokens", "tokens_out.\(item)")], tolerance: tolerance)
      try answer.expectClose(file, [("importance", "importance_out.\(item)")])
      try answer.expectClose(
        file, [("importance_map", "importance"), ("entropy", "entropy")], entry: item)
    }
  }

  @Test(
    arguments: [
      "recycle_n81_m3_r50", "recycle_n81_m2p5_r90", "recycle_n81_m40_r30", "recycle_n81_overflow",
      "recycle_n576_m15_r25", "recycle_n729_m11_r72", "recycle_n729_m17_r11",
    ], RequestDraft.Form.allCases)
  func `recycles as the reference does`(name: String, form: RequestDraft.Form) throws {
    let file = try ReferenceFile(name)
    let item = RequestDraft.Item(tensors: [
      ("tokens", try file.tensor("features")), ("importance", try file.tensor("importance")),
    ])
    let answer = try operation.facts(
      RequestDraft(fields: try file.oneStage(), items: [item]), form
    ).under("items.0.")
    try answer.expectSelection(file)
  }

  @Test(
    arguments: ["anyres_s27_2x1", "anyres_s9_2x2", "anyres_s9_interp", "anyres_s9_tall"],
    [RequestDraft.Form.base64, .safetensors])
  func `merges anyres images as the reference does`(name: String, form: RequestDraft.Form) throws {
    let file = try ReferenceFile(name)
    let layout = try [
      "side", "image_width", "image_height", "grid_width", "grid_height",
    ].map { "\"\($0)\": \(try file.number($0))" }.joined(separator: ", ")
    let fields =
      try file.oneStage()
      + ", \"layout\": {\"kind\": \"anyres\", \"tile_pixels\": 384, \(layout)}"
    let item = RequestDraft.Item(tensors: [
      ("tokens", try file.tensor("features")), ("importance", try file.tensor("tile_importance")),
      ("newline", try file.tensor("image_newline")),
    ])
    let answer = try operation.facts(RequestDraft(fields: fields, items: [item]), form)
      .under("items.0.")
    try answer.expectSelection(file)
    #expect(answer.integers("input_tokens") == [Int(try file.number("n_in"))])
    #expect(answer.numbers("positions.tile")?.count == answer.integers("count")?.first)
  }

  @Test func `prunes video frames as the reference does`() throws {
    let file = try ReferenceFile("video_4f_s9")
    let fields = """
      "strategy": {"recycling": "none", "stages": [{"layer": 0, "retain_ratio": 0.35}]},
      "layout": {"kind": "frames", "frames": 4, "rows": 9, "columns": 9}, "return": ["tokens",
      "indices", "importance"]
      """
    let item = RequestDraft.Item(tensors: [
      ("tokens", try file.tensor("features")), ("importance", try file.tensor("frame_importance")),
      ("newline", try file.tensor("image_newline")),
    ])
    let answer = try operation.facts(RequestDraft(fields: fields, items: [item]), .safetensors)
      .under("items.0.")
    try answer.expect(file, [("retained_indices", "retained_indices")])
    try answer.expectClose(
      file,
      [
        ("tokens", "tokens_out"), ("importance", "importance_out"),
        ("importance_map", "pooled_importance"),
      ])
  }

  @Test(arguments: RequestDraft.Form.allCases)
  func `prunes several images as the reference does`(form: RequestDraft.Form) throws {
    let file = try ReferenceFile("topk_2img_s24")
    let draft = RequestDraft(
      fields: #""strategy": {"recycling": "none", "stages": [{"layer": 0, "retain_ratio": 0.3}]}"#,
      shared: [
        ("tokens", try file.tensor("features")), ("importance", try file.tensor("importance")),
      ])
    let facts = try operation.facts(draft, form)
    for item in 0...1 {
      try facts.under("items.\(item).").expectClose(
        file,
        [
          ("retained_indices", "retained_indices"), ("tokens", "tokens_out"),
          ("importance", "importance_out"),
        ], tolerance: 0, entry: item)
    }
  }

  @Test(
    arguments: [
      "progressive_25pct", "progressive_50pct", "progressive_half_rounding",
      "progressive_vicuna_l32",
    ])
  func `shortens the sequence layer by layer as the reference does`(name: String) throws {
    let file = try ReferenceFile(name)
    let layers = try file.list("llm_layers")
    let ratios = try file.list("llm_ratios")
    let fields = """
      "strategy": {"layers": \(try file.number("n_layers")), "recycling": "none",
        "stages": [{"layer": 0, "retain_ratio": 1},
        {"layer": \(layers[0]), "retain_ratio": \(ratios[0])},
        {"layer": \(layers[1]), "retain_ratio": \(ratios[1])}]}
      """
    let item = RequestDraft.Item(tensors: [("importance", try file.tensor("importance"))])
    let answer = try operation.facts(RequestDraft(fields: fields, items: [item]), .numbers)
      .under("items.0.")
    try answer.expect(
      file,
      [
        ("stages.0.retained_rows", "stage1_visual_indices"),
        ("stages.1.retained_rows", "stage2_visual_indices"),
      ])
  }
}
