/// What the numbers of a token mean where weights are set by hand.
///
/// Every weight is disturbed at random as well, so no slot holds just that.
enum Slot {
  static let width = 48
  /// 1 in every token.
  static let one = 0
  /// Intensity, red against green, blue against yellow.
  static let colour = 1..<4
  /// Signed answers to four gratings; in questions, what kind of question it is.
  static let grating = 4..<8
  /// How strong the gratings are.
  static let energy = 8..<12
  /// The mean colour around a token.
  static let surround = 12..<15
  /// How much a token differs from what is around it.
  static let salience = 15
  /// Whether a token holds little itself, which is what global tokens come from.
  static let global = 16
  /// Whether a token is so bright that others look at it, whatever it shows.
  static let glare = 17
  /// Sines and cosines of row and column at two wave lengths.
  static let place = 18..<26
  /// What a token shows.
  static let identity = 26..<36
  /// What is shown around it; in questions, the gist.
  static let context = 36..<46
  /// The token that names what is asked for.
  static let key = 46
  /// The token whose final state counts.
  static let last = 47
}
