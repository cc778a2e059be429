internal import TokenPruning

extension AnswerObject {
  /// The answer for one item's importance map.
  init(_ map: ImportanceMap, id: String?) {
    self.init()
    append("id", id.map(AnswerValue.string))
    append("importance_map", .floats(map.merged))
    append("received_attention", map.receivedAttention.map { map.perTile(.float32($0)) })
    append("global_mask", map.globalMask.map { map.perTile(.uint8($0)) })
    append("entropy", map.entropy.map { map.perTile(.float32($0)) })
    append("importance_source", .string(map.source.rawValue))
    append(flags: map.flags, of: map)
  }

  /// The answer for one item of which only the pixels are known.
  init(entropy bits: [Float], dimensions: [Int], id: String?) {
    self.init()
    append("id", id.map(AnswerValue.string))
    append("entropy", .array(AnswerArray(.float32(bits), dimensions: dimensions)))
  }

  /// The flags, and the tiles without a global token where there are tiles.
  mutating func append(flags: [PruningFlag], of map: ImportanceMap) {
    append("flags", .list(flags.map { .string($0.rawValue) }))
    guard map.tiles != nil, !map.noGlobalTiles.isEmpty else { return }
    append("no_global_tiles", .list(map.noGlobalTiles.map { .integer(Int($0)) }))
  }
}

extension ImportanceMap {
  /// A list by token as an array, with a leading tile axis where there are tiles.
  func perTile(_ elements: AnswerArray.Elements) -> AnswerValue {
    .array(AnswerArray(elements, dimensions: tiles.map { [$0, tokensPerTile] }))
  }
}
