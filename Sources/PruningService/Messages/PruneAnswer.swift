internal import TokenPruning

extension AnswerObject {
  /// The answer for one pruned item, without its tokens.
  init(_ selection: Selection, of item: PruneRequest.Item, returned: ReturnedFacts) {
    self.init()
    append("id", item.id.map(AnswerValue.string))
    append("input_tokens", .integer(selection.inputTokens))
    append("count", .integer(selection.count))
    if returned.contains(.indices) {
      append("retained_indices", .int32s(selection.retainedIndices))
      append("recycled_mask", .uint8s(selection.recycledMask))
    }
    append("importance", .floats(selection.importance))
    if returned.contains(.merges) { append("merges", .object(AnswerObject(selection.merges))) }
    if returned.contains(.stages) {
      append("stages", .list(selection.stages.map { .object(AnswerObject($0)) }))
    }
    if returned.contains(.positions) {
      let hasTiles = selection.map.tiles != nil
      append("positions", .object(AnswerObject(selection.positions, hasTiles: hasTiles)))
    }
    if returned.contains(.importance) {
      append("importance_map", .floats(selection.map.merged))
      append("entropy", selection.map.entropy.map { selection.map.perTile(.float32($0)) })
    }
    append("importance_source", .string(selection.map.source.rawValue))
    append(flags: selection.flags, of: selection.map)
  }

  private init(_ merges: Merges) {
    self.init()
    append("offsets", .int32s(merges.offsets))
    append("sources", .int32s(merges.sources))
    append("weights", .floats(merges.weights))
  }

  private init(_ stage: RetainedStage) {
    self.init()
    append("layer", .integer(stage.layer))
    append("retain_ratio", .number(stage.retainRatio))
    append("count", .integer(stage.count))
    append("retained_rows", .int32s(stage.retainedRows))
  }

  private init(_ positions: TokenPositions, hasTiles: Bool) {
    self.init()
    append("original", .int32s(positions.original))
    append("compact", .int32s(positions.compact))
    append("row", positions.row.map(AnswerValue.int32s))
    append("column", positions.column.map(AnswerValue.int32s))
    if hasTiles { append("tile", positions.tile.map(AnswerValue.int32s)) }
  }

  /// The answer for a faulty item of a partial request.
  init(faulty id: String?, _ problem: ServiceProblem) {
    self.init()
    append("id", id.map(AnswerValue.string))
    append("problem", .object(AnswerObject(problem)))
  }
}
