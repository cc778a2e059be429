extension PruningStrategy {
  /// The strategies published with VFlowOpt, all for LLaVA-OneVision-7B.
  ///
  /// The third published ratio makes the mean share 0.5008, 0.2507 and 0.1000, so the nominal
  /// budget in the name is not attached as a ``tokenBudget`` that would have to hold exactly.
  public static let builtIn: [(name: String, strategy: PruningStrategy)] = [
    (
      "llava-onevision-7b@0.50",
      published(
        threshold: 28.683047941520474, cell: 11.756787150848968,
        ratios: (0.7233201448753168, 0.748747637472693, 0.487))
    ),
    (
      "llava-onevision-7b@0.25",
      published(
        threshold: 34.759552803070484, cell: 15.580797034937687,
        ratios: (0.2651026358526424, 0.9833433139039235, 0.8773258179532721))
    ),
    (
      "llava-onevision-7b@0.10",
      published(
        threshold: 39.26492840997221, cell: 17.386981849158786,
        ratios: (0.11661529508161146, 1.0, 0.6011))
    ),
  ]

  /// The built-in strategy of that name.
  public static func builtIn(named name: String) -> PruningStrategy? {
    builtIn.first { $0.name == name }?.strategy
  }

  private static func published(
    threshold: Double, cell: Double, ratios: (Double, Double, Double)
  ) -> PruningStrategy {
    PruningStrategy(
      globalThreshold: threshold, recyclingCellSize: cell, layers: 28,
      stages: [
        PruningStage(layer: 0, retainRatio: ratios.0),
        PruningStage(layer: 9, retainRatio: ratios.1),
        PruningStage(layer: 18, retainRatio: ratios.2),
      ])
  }
}
