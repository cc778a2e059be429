import TensorCoding
import Tensors
import TestSupport
import Testing

@Suite struct ReferenceFixtureTests {
  static let names = ((try? ReferenceFixture.manifest()) ?? []).filter { $0.kind != "optimiser" }

  @Test func `lists every case`() throws {
    #expect(try ReferenceFixture.manifest().count >= 30)
    #expect(ReferenceFixture.names(ofKind: "recycle").count == 8)
  }

  @Test(arguments: names.map(\.name))
  func `loads`(name: String) throws {
    let fixture = try ReferenceFixture(name)
    #expect(!fixture.tensorNames.isEmpty || fixture.has("table"))
  }

  @Test func `gives parameters and elements`() throws {
    let fixture = try ReferenceFixture("importance_n81_f32")
    #expect(try fixture.double("t") == 1.5)
    #expect(try fixture.integer("heads") == 4)
    #expect(try fixture.tensor("attention").shape == [2, 4, 81, 81])
    #expect(try fixture.integers("global_mask").reduce(0, +) == 9)
    #expect((try fixture.floats("attention").prefix(81).reduce(0, +) - 1).magnitude < 1e-5)
    #expect(throws: ReferenceFixture.Failure.self) { try fixture.tensor("nothing") }
  }

  @Test func `gives tables of binary64 numbers`() throws {
    #expect(try ReferenceFixture("tied_ratio").table("table").count == 30)
  }
}
