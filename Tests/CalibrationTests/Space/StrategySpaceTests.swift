import TestSupport
import Testing
import TokenPruning

@testable import Calibration

@Suite struct StrategySpaceTests {
  struct Layout: CustomTestStringConvertible, Sendable {
    let layers: Int
    let stageLayers: [Int]
    var testDescription: String { "\(layers) layers, stages at \(stageLayers)" }
  }

  static let layouts = [
    Layout(layers: 28, stageLayers: [9, 18]), Layout(layers: 32, stageLayers: [10, 20]),
    Layout(layers: 28, stageLayers: []), Layout(layers: 28, stageLayers: [20]),
    Layout(layers: 2, stageLayers: [1]), Layout(layers: 40, stageLayers: [1, 2, 39]),
    Layout(layers: 80, stageLayers: [10, 20, 30, 40, 60]),
  ]

  @Test(arguments: layouts)
  func `every point is a strategy that resolves and meets the budget`(_ layout: Layout) throws {
    let seed: UInt64 = 20_261_121
    var generator = SeededGenerator(seed: seed)
    for round in 0..<500 {
      let budget = Double.random(in: 0.02...1, using: &generator)
      let shape = StrategyShape(
        layers: layout.layers, stageLayers: layout.stageLayers, tokenBudget: budget)
      let space = try StrategySpace(shape)
      let point = space.parameters.map { name in
        let bounds = name.stage == nil ? space.bounds[name] : nil
        return Double.random(in: (bounds?.lower ?? 0)...(bounds?.upper ?? 1), using: &generator)
      }
      let strategy = space.strategy(at: point)
      let resolved = try strategy.resolved()
      #expect(resolved == strategy, "seed \(seed)")
      #expect(abs(strategy.meanTokenRatio - budget) <= 1e-9, "budget \(budget), seed \(seed)")
      let ratios = strategy.stages.compactMap(\.retainRatio)
      #expect(ratios.count == layout.stageLayers.count + 1)
      #expect(ratios.allSatisfy { $0 > 0 && $0 <= 1 }, "\(ratios), seed \(seed)")
      let back = try #require(space.point(of: strategy), "budget \(budget), seed \(seed)")
      let again = space.strategy(at: back)
      for (left, right) in zip(again.stages, strategy.stages) {
        #expect(abs((left.retainRatio ?? 0) - (right.retainRatio ?? 0)) < 1e-9, "seed \(seed)")
      }
      guard round.isMultiple(of: 10) else { continue }
      _ = try #require(space.point(of: DefaultBounds.strategy(in: space)))
    }
  }

  @Test func `the published box is the default for its budget`() throws {
    let space = try StrategySpace(CalibratorFixture.shape)
    let names: [ParameterName] = [
      .retainRatio(0), .retainRatio(1), .globalThreshold, .recyclingCellSize, .entropyWeight,
    ]
    #expect(space.parameters == names)
    #expect(space.bounds[.retainRatio(0)] == ParameterBounds(0.25, 0.375))
    #expect(space.bounds[.retainRatio(1)]?.lower == 0.2 / 0.375)
    #expect(space.bounds[.globalThreshold] == ParameterBounds(0, 50))
    #expect(space.bounds[.recyclingCellSize] == ParameterBounds(3, 24))
    #expect(space.bounds[.entropyWeight] == ParameterBounds(-1, 1))
    // At the smallest first ratio nothing may be pruned later; at the largest all of the box is free.
    let narrow = space.strategy(at: [0, 0, 1, 3, 0]).stages.map(\.retainRatio)
    #expect(narrow == [0.25, 1, 1])
    let wide = space.strategy(at: [1, 0, 1, 3, 0]).stages.compactMap(\.retainRatio)
    #expect(abs(wide[0] - 0.375) < 1e-12 && wide[1] > 0.53 && wide[2] <= 1)
    let last = space.strategy(at: [1, 1, 1, 3, 0]).stages.compactMap(\.retainRatio)
    #expect(abs(last[2] - 0.25 / 3.75) < 1e-9)
  }

  @Test func `the default strategy is the published one, moved to the budget`() throws {
    let space = try StrategySpace(CalibratorFixture.shape)
    let strategy = DefaultBounds.strategy(in: space)
    let published = try #require(PruningStrategy.builtIn(named: "llava-onevision-7b@0.25"))
    #expect(strategy.globalThreshold == published.globalThreshold)
    #expect(strategy.recyclingCellSize == published.recyclingCellSize)
    #expect(abs(strategy.meanTokenRatio - 0.25) < 1e-12)
    let ratios = zip(strategy.stages, published.stages)
    #expect(ratios.allSatisfy { abs(($0.retainRatio ?? 0) - ($1.retainRatio ?? 0)) < 0.05 })
  }

  @Test func `bounds narrow the space and equal bounds fix a parameter`() throws {
    let seed: UInt64 = 5
    var generator = SeededGenerator(seed: seed)
    let space = try StrategySpace(
      CalibratorFixture.shape,
      overrides: [
        .retainRatio(1): ParameterBounds(0.6, 0.7), .retainRatio(2): ParameterBounds(0.5, 0.9),
        .entropyWeight: ParameterBounds(0, 0),
        .recyclingCellSize: ParameterBounds(4, 9, isInteger: true),
        .globalThreshold: ParameterBounds(1, 40, scale: .logarithmic),
      ])
    #expect(!space.parameters.contains(.entropyWeight))
    for _ in 0..<500 {
      let point = space.parameters.map { name in
        switch name {
        case .recyclingCellSize: Double(Int.random(in: 4...9, using: &generator))
        case .globalThreshold: Double.random(in: 1...40, using: &generator)
        default: Double.random(in: 0...1, using: &generator)
        }
      }
      let strategy = try space.strategy(at: point).resolved()
      let ratios = strategy.stages.compactMap(\.retainRatio)
      #expect(ratios[1] >= 0.6 - 1e-12 && ratios[1] <= 0.7 + 1e-12, "\(ratios), seed \(seed)")
      #expect(ratios[2] >= 0.5 - 1e-12 && ratios[2] <= 0.9 + 1e-12, "\(ratios), seed \(seed)")
      #expect(abs(strategy.meanTokenRatio - 0.25) < 1e-9)
      #expect(strategy.entropyWeight == 0)
      #expect(space.point(of: strategy) != nil)
    }
  }

  @Test func `a fixed ratio leaves the others to the budget`() throws {
    let space = try StrategySpace(
      CalibratorFixture.shape, overrides: [.retainRatio(0): ParameterBounds(0.3, 0.3)])
    #expect(!space.parameters.contains(.retainRatio(0)))
    let strategy = space.strategy(at: [0.5, 10, 8, 0])
    #expect(abs((strategy.stages[0].retainRatio ?? 0) - 0.3) < 1e-12)
    #expect(abs(strategy.meanTokenRatio - 0.25) < 1e-12)
  }

  @Test func `a budget that the bounds exclude is an error that names the possible ones`() throws {
    let error = #expect(throws: CalibrationError.self) {
      try StrategySpace(
        CalibratorFixture.shape,
        overrides: [.retainRatio(0): ParameterBounds(0.5, 0.6), .retainRatio(1): .init(0.9, 1)])
    }
    #expect(error?.code == .budgetInfeasible)
    #expect(error?.budget?.requested == 0.25)
    #expect((error?.budget?.smallest ?? 0) > 0.25)
    #expect((error?.budget?.largest ?? 0) > (error?.budget?.smallest ?? 1))
  }

  static let badShapes: [(StrategyShape, CalibrationField)] = [
    (StrategyShape(layers: 0, stageLayers: [], tokenBudget: 0.5), .layers),
    (StrategyShape(layers: 28, stageLayers: [9, 9], tokenBudget: 0.5), .stageLayers),
    (StrategyShape(layers: 28, stageLayers: [0], tokenBudget: 0.5), .stageLayers),
    (StrategyShape(layers: 28, stageLayers: [28], tokenBudget: 0.5), .stageLayers),
    (StrategyShape(layers: 28, stageLayers: [9], tokenBudget: 0), .tokenBudget),
    (StrategyShape(layers: 28, stageLayers: [9], tokenBudget: 1.1), .tokenBudget),
    (StrategyShape(layers: 28, stageLayers: [9], tokenBudget: .nan), .tokenBudget),
  ]

  @Test(arguments: badShapes)
  func `a wrong shape names its field`(_ shape: StrategyShape, _ field: CalibrationField) {
    let error = #expect(throws: CalibrationError.self) { try StrategySpace(shape) }
    #expect(error?.code == .valueOutOfRange)
    #expect(error?.field == field)
  }

  static let badBounds: [(ParameterName, ParameterBounds)] = [
    (.retainRatio(3), ParameterBounds(0.5, 0.6)), (.retainRatio(0), ParameterBounds(0, 0.6)),
    (.retainRatio(0), ParameterBounds(0.5, 1.5)), (.globalThreshold, ParameterBounds(3, 2)),
    (.globalThreshold, ParameterBounds(-1, 2)), (.globalThreshold, ParameterBounds(.nan, 2)),
    (.recyclingCellSize, ParameterBounds(0.5, 2)),
    (.recyclingCellSize, ParameterBounds(1.5, 3, isInteger: true)),
    (.entropyWeight, ParameterBounds(-1, 1, scale: .logarithmic)),
    (.entropyWeight, ParameterBounds(0, .infinity)),
    (.retainRatio(1), ParameterBounds(1, 1, isInteger: true)),
  ]

  @Test(arguments: badBounds)
  func `wrong bounds name their parameter`(_ name: ParameterName, _ bounds: ParameterBounds) {
    let error = #expect(throws: CalibrationError.self) {
      try StrategySpace(CalibratorFixture.shape, overrides: [name: bounds])
    }
    #expect(error?.code == .valueOutOfRange)
    #expect(error?.parameter == name)
  }

  @Test func `without anything to search there is no space`() {
    let fixed = ParameterBounds(1, 1)
    let code = CalibrationError.Code.thrown {
      _ = try StrategySpace(
        StrategyShape(layers: 28, stageLayers: [], tokenBudget: 0.5),
        overrides: [
          .globalThreshold: fixed, .recyclingCellSize: fixed, .entropyWeight: fixed,
        ])
    }
    #expect(code == .valueOutOfRange)
  }

  @Test func `strategies outside the bounds have no point`() throws {
    let space = try StrategySpace(CalibratorFixture.shape)
    var strategy = DefaultBounds.strategy(in: space)
    strategy.globalThreshold = 60
    #expect(space.point(of: strategy) == nil)
    strategy.globalThreshold = nil
    #expect(space.point(of: strategy) == nil)
    var ratios = DefaultBounds.strategy(in: space)
    ratios.stages[0].retainRatio = 0.6
    #expect(space.point(of: ratios) == nil)
  }

  @Test func `names of parameters are read as they are written`() {
    let names: [ParameterName] = [
      .retainRatio(0), .retainRatio(12), .globalThreshold, .recyclingCellSize, .entropyWeight,
    ]
    for name in names { #expect(ParameterName(name.description) == name) }
    for text in ["retain_ratio_", "retain_ratio_-1", "retain_ratio_01", "retain_ratio_x", "alpha"] {
      #expect(ParameterName(text) == nil, "\(text)")
    }
  }
}
