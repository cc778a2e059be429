import TensorCoding
import Testing

@Suite struct PackedNumbersTests {
  static func numbers(_ text: String) throws -> PackedNumbers {
    guard case .numbers(let numbers) = try parse(text) else { throw Failure() }
    return numbers
  }

  @Test(arguments: [
    ("[1]", [1], 1), ("[[1,2,3]]", [1, 3], 3), ("[[1],[2],[3]]", [3, 1], 3),
    ("[[[1,2]],[[3,4]],[[5,6]]]", [3, 1, 2], 6), ("[[[[1]]]]", [1, 1, 1, 1], 1),
  ])
  func `has the shape of the nested arrays`(text: String, shape: [Int], count: Int) throws {
    let numbers = try Self.numbers(text)
    #expect(numbers.shape == shape && numbers.count == count)
    #expect(numbers.values.indices.map { numbers.values[$0] } == (1...count).map(Double.init))
  }

  @Test(arguments: [
    ("[1,2]", true), ("[1,2.0]", false), ("[1e2]", false), ("[-0]", false), ("[-5]", true),
    ("[9007199254740992]", true), ("[9007199254740993]", false), ("[-9007199254740993]", false),
    ("[[1],[2.5]]", false), ("[[1.5],[2]]", false), ("[[1],[2]]", true), ("[1,1e999999]", nil),
  ])
  func `knows whether all were written as integers`(text: String, isInteger: Bool?) {
    #expect((try? Self.numbers(text))?.isInteger == isInteger)
  }

  @Test func `gives flat integers`() throws {
    #expect(try Self.numbers("[3,-1,0]").integers == [3, -1, 0])
    #expect(try Self.numbers("[3.5]").integers == nil)
    #expect(try Self.numbers("[[3]]").integers == nil)
  }

  @Test func `keeps several arrays of one document apart`() throws {
    guard case .object(let object) = try parse(#"{"a":[1,2],"b":[[3],[4]],"c":[5,"x"],"d":[6]}"#)
    else { throw Failure() }
    #expect(
      object.members.map { "\($0.key) \(describe($0.value))" } == [
        "a <[2]i 1.0 2.0>", "b <[2, 1]i 3.0 4.0>", "c [5, 'x']", "d <[1]i 6.0>",
      ])
  }

  @Test func `outlives the document`() throws {
    var row: JSONValue?
    do { row = try parse("[[1,2],[3,4]]").elements?.last }
    #expect(row.map(describe) == "<[2]i 3.0 4.0>")
  }

  @Test func `elements keep the sign of zero`() throws {
    let elements = try #require(try parse("[-0, 0, 1.5]").elements)
    let signs = elements.map { element in
      guard case .number(let number) = element else { return FloatingPointSign.plus }
      return number.double.sign
    }
    #expect(signs == [.minus, .plus, .plus])
  }
}
