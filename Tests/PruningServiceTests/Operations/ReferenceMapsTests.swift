import PruningService
import Tensors
import Testing

/// The reference's importance maps, entropies and similarities, through every form.
@Suite struct ReferenceMapsTests {
  private let operation = SampleItems.importance

  @Test(
    arguments: [
      "importance_n81_f32", "importance_n81_f16_t0_negalpha", "importance_n81_h16_alpha0",
      "importance_n576_f16", "importance_n729_qk_f32", "importance_n81_none_global",
    ], [RequestDraft.Form.base64, .safetensors])
  func `maps importance as the reference does`(name: String, form: RequestDraft.Form) throws {
    let file = try ReferenceFile(name)
    let weight = try file.number("alpha")
    let draft = RequestDraft(
      fields: """
        "strategy": {"global_threshold": \(try file.number("t")), "entropy_weight": \(weight)}
        """, shared: try sources(of: file) + [("entropy", file.tensor("entropy"))])
    let facts = try operation.facts(draft, form)
    for item in 0..<Int(try file.number("batch")) {
      let answer = facts.under("items.\(item).")
      #expect(answer.numbers("global_mask") == (try file.tensor("global_mask")[item].floats))
      try answer.expectClose(file, [("received_attention", "received_attention")], entry: item)
      if name == "importance_n81_none_global" {
        #expect(answer.text("flags.0") == "no_global_tokens")
        #expect(answer.numbers("importance_map")?.allSatisfy(\.isFinite) == true)
      } else {
        try answer.expectClose(file, [("importance_map", "importance")], entry: item)
      }
    }
  }

  private func sources(of file: ReferenceFile) throws -> [(String, Tensor)] {
    file.has("q")
      ? [("query", try file.tensor("q")), ("key", try file.tensor("k"))]
      : [("attention", try file.tensor("attention"))]
  }

  @Test func `leaves the class token out of every answer`() throws {
    let file = try ReferenceFile("importance_cls_n81_f32")
    let draft = RequestDraft(
      fields: #""strategy": {"global_threshold": 2}, "layout": {"kind": "grid", "cls_tokens": 1}"#,
      shared: [("attention", try file.tensor("attention"))])
    let answer = try operation.facts(draft, .safetensors).under("items.0.")
    try answer.expectClose(file, [("importance_map", "importance_without_cls")], entry: 0)
    let received = try file.tensor("received_attention")[0].floats
    #expect(closeness(answer.numbers("received_attention"), Array(received.dropFirst())) <= 1e-5)
  }

  @Test(
    arguments: [
      "entropy_n81_batch", "entropy_edge_132", "entropy_n576_blocks", "entropy_n729_photo",
    ], [RequestDraft.Form.base64, .safetensors])
  func `measures patch entropy as the reference does`(
    name: String, form: RequestDraft.Form
  ) throws {
    let file = try ReferenceFile(name)
    let image = try file.tensor("image")
    let facts = try operation.facts(RequestDraft(shared: [("pixels", image)]), form)
    for item in 0..<image.shape[0] {
      try facts.under("items.\(item).").expectClose(file, [("entropy", "entropy_raw")], entry: item)
    }
  }

  @Test func `compares hidden states as the reference does`() throws {
    let file = try ReferenceFile("objective_pairs")
    let draft = RequestDraft(shared: [
      ("full", try file.tensor("full")), ("pruned", try file.tensor("pruned")),
    ])
    for form in [RequestDraft.Form.base64, .safetensors] {
      let facts = try SampleItems.discrepancy.facts(draft, form)
      try facts.expectClose(file, [("similarity", "similarity")])
    }
  }
}
