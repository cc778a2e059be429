"""A check for schemathesis: what fits the contract is refused only for what no schema can say.

Scripts/schemathesis.toml lets 400 and 422 pass where a request fits its schema. This check looks at
each of these answers, and lets it pass for one of the reasons below.
"""
import re

import schemathesis

# Problem types about several fields, about stored data, or about the bytes of a tensor as a whole.
INEXPRESSIBLE_TYPES = {
    "/problems/shape-mismatch",
    "/problems/budget-infeasible",
    "/problems/non-finite-value",
}
INEXPRESSIBLE_RULES = (
    # OpenAPI cannot say that two parameters exclude each other.
    "If-Match and If-None-Match exclude each other here",
    # How large a number may be depends on the `dtype` beside it; the bytes that dtype and shape stand
    # for are a product, and there is a largest one.
    "a number does not fit in the dtype",
    "a shape is a list of whole numbers that are not negative",
    "must be [0-9]+, which is what dtype and shape need",
    # A schema takes 2.0 for an integer; in lists they are written without a fraction.
    "must be a list of whole numbers",
    # Lists of one length: the rows of a tensor, the items of a request and its batch axis.
    "must be lists of numbers, all of one length",
    "must have as many entries as the batch axis",
    # Tensors of the request and of its items exclude each other.
    "must not have tensors of its own beside tensors with a batch axis",
    # Layers ascend and are below the number of layers.
    "must ascend, above 0 and below layers",
    "must be above the previous stage's layer",
    "must be below layers",
    # Ratios, the budget, cells and tokens together.
    "only the last stage's ratio may be left out",
    "must equal the mean that the given ratios have",
    "leaves fewer tokens than there are recycling cells to fill",
    "must leave at least one token",
    # A lower bound above an upper one, or all bounds equal; a log scale and an integer have rules.
    "must have finite bounds, the lower not above the upper",
    "must have bounds of an ordinary size",
    "needs a lower bound above 0 on a log scale",
    "needs whole bounds within 2\\^53",
    "must leave at least one parameter to search",
    # Which ratios there are depends on the number of stages.
    "there is no such parameter here",
    # What was stored before: the study, its calibration set, its trials.
    "must have the study's",
    "must be those of the baseline, in their order",
    "must be different rows of the calibration set",
    # Products of sizes are bounded.
    "(has|have) more than 4194304 tokens",
    "must be at most 2\\^40",
    "keep more than 16777216 rows together",
    "must not have more than [0-9]+ stages together",
    # What a tensor, the strategy and the layout are to each other; each may be in the request or item.
    "is missing, and nothing else tells the number of tokens",
    "the number of tokens must be a square",
    "needed to find global tokens in attention",
    "needed where recycling is grid",
    "must be 0 where a finished importance is given",
    "entropy or pixels are needed where entropy_weight is not 0",
    "needed with tokens in this layout",
    "this layout has no newline tokens",
    "contradicts the pixels",
    "an image needs at least one pixel per token",
    "the image must hold at least one patch",
    "overflow",
    # The settings of the service: the prefix of shared objects, no descriptors over TCP.
    "must be a name with the prefix that this service is set to",
    "is not taken by this service",
    "names no shared memory object of this client's user",
    # The end of a region.
    "reaches beyond",
    # Bytes of UTF-8, where a schema counts characters.
    "must be text of 1 to 256 bytes",
)


@schemathesis.hook
def before_call(context, case, kwargs):
    """A partial request is answered 200 with the problems of its items in it, so none is sent broken."""
    is_broken = case.meta is not None and not case.meta.generation.mode.is_positive
    if is_broken and isinstance(case.body, dict) and case.body.get("partial") is True:
        case.body["partial"] = False


@schemathesis.check
def refused_only_for_what_no_schema_says(ctx, response, case):
    if response.status_code not in (400, 422) or case.meta is None:
        return
    if not case.meta.generation.mode.is_positive:
        return
    problem = response.json()
    if problem["type"] in INEXPRESSIBLE_TYPES:
        return
    if not any(re.search(rule, problem["detail"]) for rule in INEXPRESSIBLE_RULES):
        raise AssertionError(f"the contract allows what the service refuses: {problem['detail']}")
