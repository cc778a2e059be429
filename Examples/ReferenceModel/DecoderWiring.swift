/// The decoder's weights that are set by hand.
///
/// Visual tokens hold 1 in ``Slot/one``; the first token and questions do not. A visual token that
/// a head has no use for turns to the first token.
enum DecoderWiring {
  /// The head that is random and turns with positions.
  static let rotaryHead = 3

  private typealias Match = (query: Int, key: Int, gain: Float)

  /// Visual tokens look away, at the first token.
  private static let away: Match = (Slot.one, Slot.last, -2)

  /// A last token that finds nothing it looks for turns to the first token, too.
  private static let idle: Match = (Slot.last, Slot.last, -5)

  /// Sets the heads of one layer: early ones gather the gist, later ones look ever more narrowly.
  static func wire(_ layer: inout TransformerLayer, number: Int) {
    switch number {
    case 0: gather(&layer)
    case 1: bind(&layer)
    case 2, 3: retrieve(&layer, gain: 2.5, place: 1.2)
    default: retrieve(&layer, gain: 5, place: 2)
    }
  }

  /// Layer 0: the last token takes over what is asked for, and the mean of all visual tokens.
  private static func gather(_ layer: inout TransformerLayer) {
    let ask: Match = (Slot.last, Slot.key, 8)
    layer.wire(
      head: 0, matching: [ask, away],
      moving: EncoderWiring.moved(Slot.identity, Slot.identity, gain: 1))
    layer.wire(
      head: 1, matching: [ask, away],
      moving: EncoderWiring.moved(Slot.place, Slot.place, gain: 1))
    layer.wire(
      head: 2, matching: [(Slot.last, Slot.one, 0.3), away],
      moving: EncoderWiring.moved(Slot.identity, Slot.context, gain: 0.5))
  }

  /// Layer 1: the gist of colours and patterns; visual tokens bind to their like and neighbours.
  private static func bind(_ layer: inout TransformerLayer) {
    let seen = Array(Slot.colour) + Array(Slot.energy) + Array(Slot.surround)
    layer.wire(
      head: 0, matching: [(Slot.last, Slot.one, 0.3), away],
      moving: seen.map { ($0, $0, 0.35) })
    layer.wire(
      head: 1, matching: EncoderWiring.same(Slot.identity, gain: 0.8),
      moving: EncoderWiring.moved(Slot.identity, Slot.context, gain: 0.4))
    layer.wire(
      head: 2, matching: EncoderWiring.same(Slot.place, gain: 0.8),
      moving: EncoderWiring.moved(Slot.identity, Slot.context, gain: 0.4))
  }

  /// Later layers: where it is that looks like this, what it looks like, and what lies there.
  private static func retrieve(_ layer: inout TransformerLayer, gain: Float, place: Float) {
    let seen = Array(Slot.colour) + Array(Slot.energy) + Array(Slot.surround)
    layer.wire(
      head: 0, matching: EncoderWiring.same(Slot.identity, gain: gain) + [idle],
      moving: EncoderWiring.moved(Slot.place, Slot.place, gain: 0.4))
    layer.wire(
      head: 1, matching: EncoderWiring.same(Slot.identity, gain: gain) + [idle],
      moving: seen.map { ($0, $0, 1) })
    layer.wire(
      head: 2, matching: EncoderWiring.same(Slot.place, gain: place) + [idle],
      moving: EncoderWiring.moved(Slot.identity, Slot.context, gain: 0.6))
  }
}
