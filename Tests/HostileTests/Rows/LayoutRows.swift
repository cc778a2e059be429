import PruningService

/// Layouts that contradict themselves or the tensors, and pixels that do not fit.
enum LayoutRows {
  static let all = grids + tiles + pixels

  private static func layout(
    _ rule: String, _ layout: String, _ answer: HostileRow.Answer
  ) -> HostileRow {
    .prune(rule, "{$STRATEGY,$BATCH,\"layout\":\(layout)}", answer)
  }

  private static func wrong(_ rule: String, _ text: String, _ pointer: String) -> HostileRow {
    layout(rule, text, .problem(.valueOutOfRange, "/layout" + pointer))
  }

  private static func grid(_ rule: String, _ sizes: String, _ pointer: String) -> HostileRow {
    wrong(rule, "{\"kind\":\"grid\",\(sizes)}", pointer)
  }

  private static let grids: [HostileRow] = [
    wrong("a layout that is a word", #""grid""#, ""),
    wrong("a layout of an unknown kind", #"{"kind":"hexagons"}"#, "/kind"),
    wrong("a layout without a kind", #"{"rows":2,"columns":2}"#, "/kind"),
    grid("no rows", #""rows":0,"columns":4"#, "/rows"),
    grid("negative rows", #""rows":-2,"columns":-2"#, "/rows"),
    grid("a fraction of a row", #""rows":1.5,"columns":2"#, "/rows"),
    grid("a word in place of rows", #""rows":"2","columns":2"#, "/rows"),
    grid("rows without columns", #""rows":2"#, "/columns"),
    grid("more rows than there are numbers", #""rows":1e30,"columns":2"#, "/rows"),
    grid("a grid of 2^62 tokens", #""rows":2147483647,"columns":2147483647"#, "/rows"),
    grid(
      "more [CLS] rows than any encoder has", #""rows":2,"columns":2,"cls_tokens":65"#,
      "/cls_tokens"),
    grid("negative [CLS] rows", #""rows":2,"columns":2,"cls_tokens":-1"#, "/cls_tokens"),
    layout(
      "a grid of another number of tokens", #"{"kind":"grid","rows":3,"columns":3}"#,
      .problem(.shapeMismatch, "/items/0/importance")),
    .prune(
      "more [CLS] rows than attention has",
      #"{$STRATEGY,"items":[{"attention":{"dtype":"F32","shape":[2,2],"data":[1,0,0,1]},"layout":{"kind":"grid","cls_tokens":2}}]}"#,
      .problem(.valueOutOfRange, "/items/0/layout/cls_tokens")),
  ]

  private static let anyres = #""kind":"anyres","side":2,"tile_pixels":4,"image_width":8"#
  private static let frames = #""kind":"frames","rows":2,"columns":2"#

  private static let tiles: [HostileRow] = [
    wrong(
      "tiles without a side",
      #"{"kind":"anyres","tile_pixels":4,"image_width":8,"image_height":4}"#, "/side"),
    wrong("an image without a height", "{\(anyres)}", "/image_height"),
    wrong("an image of no height", "{\(anyres),\"image_height\":0}", "/image_height"),
    wrong(
      "a grid of tiles without a width", "{\(anyres),\"image_height\":4,\"grid_height\":1}",
      "/grid_width"),
    layout(
      "tiles that the tensors do not have", "{\(anyres),\"image_height\":4}",
      .problem(.shapeMismatch, "/items/0/importance")),
    wrong("no frames", "{\(frames),\"frames\":0}", "/frames"),
    wrong("more frames than any film", "{\(frames),\"frames\":2147483647}", "/frames"),
    wrong("pooling by nothing", "{\(frames),\"frames\":1,\"pool\":0}", "/pool"),
    layout(
      "frames that the tensors do not have", "{\(frames),\"frames\":2}",
      .problem(.shapeMismatch, "/items/0/importance")),
    .prune(
      "tiles with tokens and without a newline",
      #"{$STRATEGY,"items":[{"importance":{"dtype":"F32","shape":[1,4],"data":[1,2,3,4]},"tokens":{"dtype":"F32","shape":[1,4,1],"data":[1,2,3,4]},"layout":{"kind":"frames","frames":1,"rows":2,"columns":2,"pool":1}}]}"#,
      .problem(.valueOutOfRange, "/items/0/newline")),
  ]

  private static func pixels(
    _ rule: String, _ tensor: String, layout: String = "{}", _ answer: HostileRow.Answer
  ) -> HostileRow {
    .json(rule, "/v1/importance", #"{"items":[{"pixels":\#(tensor),"layout":\#(layout)}]}"#, answer)
  }

  private static let pixels: [HostileRow] = [
    pixels(
      "pixels of rank two", #"{"dtype":"U8","shape":[2,2],"data":[0,0,0,0]}"#,
      .problem(.shapeMismatch, "/items/0/pixels")),
    pixels(
      "pixels of four channels", #"{"dtype":"U8","shape":[1,1,4],"data":[0,0,0,0]}"#,
      .problem(.shapeMismatch, "/items/0/pixels")),
    pixels(
      "pixels that are floats", #"{"dtype":"F32","shape":[1,1,3],"data":[0,0,0]}"#,
      .problem(.unsupportedDType, "/items/0/pixels")),
    pixels(
      "a pixel of 256", #"{"dtype":"U8","shape":[1,1,3],"data":[0,256,0]}"#,
      .problem(.malformedBody, "/items/0/pixels/data")),
    pixels(
      "a pixel of -1", #"{"dtype":"U8","shape":[1,1,3],"data":[0,-1,0]}"#,
      .problem(.malformedBody, "/items/0/pixels/data")),
    pixels(
      "half a grey level", #"{"dtype":"U8","shape":[1,1,3],"data":[0,0.5,0]}"#,
      .problem(.valueOutOfRange, "/items/0/pixels/data")),
    pixels(
      "an image smaller than a patch", #"{"dtype":"U8","shape":[1,1,3],"data":[0,0,0]}"#,
      .problem(.shapeMismatch, "/items/0/pixels")),
    pixels(
      "patches of no pixels", #"{"dtype":"U8","shape":[1,1,3],"data":[0,0,0]}"#,
      layout: #"{"patch_pixels":0}"#, .problem(.valueOutOfRange, "/items/0/layout/patch_pixels")),
    pixels(
      "patches that contradict the layout",
      #"{"dtype":"U8","shape":[2,2,3],"data":[1,2,3,4,5,6,7,8,9,10,11,12]}"#,
      layout: #"{"kind":"grid","rows":1,"columns":1,"patch_pixels":1}"#,
      .problem(.valueOutOfRange, "/items/0/layout/patch_pixels")),
    pixels(
      "patches of one pixel are patches", #"{"dtype":"U8","shape":[1,1,3],"data":[0,0,0]}"#,
      layout: #"{"patch_pixels":1}"#, .success),
  ]
}
