import Tensors
import Testing
import TokenPruning
import VectorKernels

@testable import ReferenceModel

@Suite struct ReferenceModelTests {
  private static let model = ReferenceModel(seed: 3)

  private func sample(questions: Int = 6) throws -> ReferenceSample {
    try Self.model.samples(1, questions: questions, seed: 5)[0]
  }

  /// A strategy of the model's shape.
  private static func strategy(
    _ ratios: [Double], threshold: Double = 10, cell: Double = 5
  ) -> PruningStrategy {
    PruningStrategy(
      globalThreshold: threshold, recyclingCellSize: cell, layers: ReferenceModel.layers,
      stages: zip([0] + ReferenceModel.stageLayers, ratios).map {
        PruningStage(layer: $0, retainRatio: $1)
      })
  }

  @Test func `a seed gives the same vectors each time, another seed others`() throws {
    let again = try ReferenceModel(seed: 3).samples(1, questions: 6, seed: 5)[0]
    let own = try sample()
    #expect(again.baseline == own.baseline)
    #expect(again.visual.tokens == own.visual.tokens)
    let other = try ReferenceModel(seed: 4).samples(1, questions: 6, seed: 5)[0]
    #expect(other.baseline != own.baseline)
  }

  @Test func `vectors are finite and have the length that the last norm gives them`() throws {
    for row in try sample().baseline {
      #expect(row.count == ReferenceModel.hidden)
      let square = row.reduce(0) { $0 + $1 * $1 } / Float(row.count)
      #expect(abs(square - 1) < 1e-3)
    }
  }

  @Test func `keeping every token changes nothing`() throws {
    let sample = try sample()
    let pruned = try Self.model.lastTokens(of: sample, strategy: Self.strategy([1, 1, 1]))
    #expect(pruned == sample.baseline)
    let similarities = try Self.model.similarities(
      of: Self.strategy([1, 1, 1]), on: [sample])
    #expect(similarities.allSatisfy { abs($0 - 1) < 1e-5 })
  }

  @Test func `pruning more changes more, and which strategy prunes matters`() throws {
    let samples = try Self.model.samples(3, questions: 6, seed: 5)
    func mean(_ strategy: PruningStrategy) throws -> Double {
      let values = try Self.model.similarities(of: strategy, on: samples)
      return values.reduce(0, +) / Double(values.count)
    }
    let half = try mean(Self.strategy([0.5, 1, 1]))
    let tenth = try mean(Self.strategy([0.1, 1, 1]))
    let hundredth = try mean(Self.strategy([0.1, 0.1, 1], cell: 24))
    #expect(1 > half && half > tenth && tenth > hundredth, "\(half) \(tenth) \(hundredth)")
    #expect(abs(try mean(Self.strategy([0.1, 1, 1], cell: 20)) - tenth) > 0.01)
  }

  @Test func `stages prune before their layers, and only then`() throws {
    let sample = try sample()
    let all = Array(0..<sample.visual.positions.count)
    func last(_ stages: [Int: [Int]]) -> [[Float]] {
      Self.model.lastTokens(
        of: sample,
        seeing: VisualTokens(
          tokens: sample.visual.tokens, positions: sample.visual.positions, stages: stages))
    }
    #expect(last([2: all, 4: all]) == sample.baseline)
    #expect(last([ReferenceModel.layers: []]) == sample.baseline, "no such layer")
    let few = Array(all.prefix(20))
    #expect(last([2: few]) != last([4: few]))
    #expect(last([2: few, 4: few]) == last([2: few]))
  }

  @Test func `tokens keep their positions, and renumbering them is not the same`() throws {
    let sample = try sample()
    let rows = Array(stride(from: 0, to: sample.visual.positions.count, by: 3))
    let tokens = Rows.gather(sample.visual.tokens, rows, width: ReferenceModel.hidden)
    func last(_ positions: [Int]) -> [[Float]] {
      Self.model.lastTokens(
        of: sample, seeing: VisualTokens(tokens: tokens, positions: positions, stages: [:]))
    }
    #expect(last(rows) != last(Array(rows.indices)))
  }

  @Test func `questions do not see each other`() throws {
    let many = try sample(questions: 6)
    let few = try sample(questions: 2)
    #expect(Array(many.baseline.prefix(2)) == few.baseline)
  }

  @Test func `most images have tokens that everybody looks at`() throws {
    var withSinks = 0
    for sample in try Self.model.samples(12, questions: 1, seed: 9) {
      guard case .attention(let attention) = sample.input.importance else { continue }
      let count = attention.shape[0]
      var received = [Float](repeating: 0, count: count)
      for row in 0..<count {
        var sum: Float = 0
        for column in 0..<count {
          let weight = attention.float(at: row * count + column)
          received[column] += weight
          sum += weight
        }
        #expect(abs(sum - 1) < 1e-4)
      }
      if received.contains(where: { $0 > 20 }) { withSinks += 1 }
    }
    #expect(withSinks >= 8)
  }
}
