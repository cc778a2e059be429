/// The encoder's weights that are set by hand.
enum EncoderWiring {
  /// Pairs of slots of equal meaning, compared with one strength.
  static func same(
    _ slots: Range<Int>, gain: Float
  ) -> [(query: Int, key: Int, gain: Float)] {
    slots.map { ($0, $0, gain) }
  }

  /// Slots moved in their order.
  static func moved(
    _ from: Range<Int>, _ to: Range<Int>, gain: Float
  ) -> [(from: Int, to: Int, gain: Float)] {
    zip(from, to).map { ($0, $1, gain) }
  }

  /// Layer 0: the mean colour of the neighbourhood, and how strong each grating is.
  static func surroundings(_ layer: inout TransformerLayer) {
    layer.wire(
      head: 0, matching: same(Slot.place, gain: 1.5),
      moving: moved(Slot.colour, Slot.surround, gain: 0.33))
    for (index, slot) in Slot.grating.enumerated() {
      layer.hidden[slot, 2 * index] += 1
      layer.hidden[slot, 2 * index + 1] -= 1
      layer.fold[2 * index, Slot.energy.lowerBound + index] += 0.5
      layer.fold[2 * index + 1, Slot.energy.lowerBound + index] += 0.5
    }
  }

  /// Layer 1: salience by contrast to the surroundings and by pattern, identity by random features of the
  /// pattern, and the marks of tokens that hold little or are bright.
  static func contents(_ layer: inout TransformerLayer, _ source: inout SeededSource) {
    var unit = 0
    var inputs: [[(slot: Int, weight: Float)]] = [Slot.energy.map { ($0, 2) }]
    for (colour, surround) in zip(Slot.colour, Slot.surround) {
      inputs += [[(colour, 1.5), (surround, -1.5)], [(colour, -1.5), (surround, 1.5)]]
    }
    for input in inputs {
      for (slot, weight) in input { layer.hidden[slot, unit] += weight }
      layer.hidden[Slot.one, unit] -= 0.4
      layer.fold[unit, Slot.salience] += 0.35
      unit += 1
    }
    for _ in 0..<2 * Slot.identity.count {
      for energy in Slot.energy { layer.hidden[energy, unit] += 3 * source.normal() }
      layer.hidden[Slot.one, unit] -= 0.3
      // Signed sums, so that what looks different points elsewhere and not only less far.
      for slot in Slot.identity { layer.fold[unit, slot] += 0.3 * source.normal() }
      unit += 1
    }
    global(&layer, unit, &source)
    layer.hidden[Slot.colour.lowerBound, unit + 1] += 2
    layer.fold[unit + 1, Slot.glare] += 0.3
  }

  /// A mark for tokens without pattern, of a colour and at places that the seed prefers.
  private static func global(
    _ layer: inout TransformerLayer, _ unit: Int, _ source: inout SeededSource
  ) {
    layer.hidden[Slot.one, unit] += 0.5
    for energy in Slot.energy { layer.hidden[energy, unit] -= 1.5 }
    for colour in Slot.colour { layer.hidden[colour, unit] += 0.4 * source.normal() }
    for place in Slot.place { layer.hidden[place, unit] += 0.5 * source.normal() }
    layer.fold[unit, Slot.global] += 0.5
  }

  /// Layer 2, whose attention pruning uses.
  ///
  /// Head 0: everybody looks at global tokens. Head 1: global tokens look at what is salient, the
  /// others hardly choose. Head 2: neighbours, whose identity becomes context. Head 3: everybody
  /// looks at bright tokens, which look at their like.
  static func attention(_ layer: inout TransformerLayer) {
    layer.wire(head: 0, matching: [(Slot.one, Slot.global, 30)], moving: [])
    layer.wire(head: 1, matching: [(Slot.global, Slot.salience, 3)], moving: [])
    layer.wire(
      head: 2, matching: same(Slot.place, gain: 2.5),
      moving: moved(Slot.identity, Slot.context, gain: 0.7))
    layer.wire(
      head: 3,
      matching: [(Slot.one, Slot.glare, 2), (Slot.glare, Slot.glare, 2)], moving: [])
  }
}
